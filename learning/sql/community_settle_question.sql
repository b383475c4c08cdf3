update community_questions set settled_at = %(now)s, outcome = %(outcome)s where post_id = %(post)s
