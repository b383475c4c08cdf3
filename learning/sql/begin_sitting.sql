insert into quiz_sittings (id, student_id, kind, topics, questions, started_at, ends_at)
select %(id)s, %(student)s, %(kind)s, %(topics)s, %(questions)s, %(now)s, %(ends_at)s
where (select count(*) from quiz_sittings
       where student_id = %(student)s and finished_at is null and coalesce(ends_at > %(now)s, true)) < %(open_max)s
on conflict (id) do nothing
