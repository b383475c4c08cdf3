insert into community_entries (id, post_id, reply_to, depth, author_id, body, created_at)
values (%(entry)s, %(post)s, %(parent)s, %(depth)s, %(user)s, %(body)s, %(now)s)
