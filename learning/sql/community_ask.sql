insert into community_questions (post_id, asked_by, turn_id, asked_at)
values (%(post)s, %(user)s, %(turn)s, %(now)s)
on conflict do nothing
