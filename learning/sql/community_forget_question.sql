delete from community_questions where post_id = %(post)s
