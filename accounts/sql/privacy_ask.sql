insert into privacy_jobs (id, kind, user_id, asked_by, asked_at, due_at, token_hash)
values (%(id)s, %(kind)s, %(user)s, %(asked_by)s, %(now)s, %(due)s, %(token_hash)s)
on conflict do nothing
returning *
