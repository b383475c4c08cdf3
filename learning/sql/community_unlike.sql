delete from community_likes where entry_id = %(entry)s and user_id = %(user)s
