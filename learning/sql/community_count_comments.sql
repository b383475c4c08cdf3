select count(*) as n from community_entries where post_id = %(post)s and depth > 0
