insert into privacy_jobs (id, kind, asked_by, asked_at, due_at)
values (%(id)s, 'retention', 'schedule', %(now)s, %(now)s)
on conflict do nothing
