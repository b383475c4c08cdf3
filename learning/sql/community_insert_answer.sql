insert into community_entries (id, post_id, reply_to, depth, asked_by, turn_id, body, citations, created_at)
values (%(entry)s, %(post)s, %(post)s, 1, %(asked_by)s, %(turn)s, %(body)s, %(citations)s, %(now)s)
on conflict (turn_id) do nothing
returning id
