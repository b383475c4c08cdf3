insert into student_reads (student_id, reader_id, reader_role, what, why, alert_id, hour, last_at)
select u.id, %(reader)s, %(role)s, %(what)s, %(why)s, %(alert)s, date_trunc('hour', %(now)s::timestamptz), %(now)s
from unnest(%(students)s::text[]) wanted (id) join users u on u.id = wanted.id
where u.id <> %(reader)s and exists (select from users where id = %(reader)s)
order by u.id
on conflict (student_id, reader_id, what, why, hour)
do update set times = student_reads.times + 1, last_at = excluded.last_at
