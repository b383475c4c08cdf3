update community_entries
set title = %(title)s, body = %(body)s, tags = %(tags)s, topic = %(topic)s, edited_at = %(now)s
where id = %(entry)s
