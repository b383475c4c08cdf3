with given as (
    select * from jsonb_to_recordset(%(rows)s) as g (
        id text, topic_id text, subject text, title text, statement text, skills text[], difficulty smallint
    )
), gone as (
    update exercises set active = false, updated_at = now()
    where active and id not in (select id from given)
)
insert into exercises (id, topic_id, subject, title, statement, skills, difficulty)
select id, topic_id, subject, title, statement, skills, difficulty from given
on conflict (id) do update
set topic_id = excluded.topic_id,
    subject = excluded.subject,
    title = excluded.title,
    statement = excluded.statement,
    skills = excluded.skills,
    difficulty = excluded.difficulty,
    active = true, updated_at = now()
where (exercises.topic_id, exercises.subject, exercises.title, exercises.statement, exercises.skills,
       exercises.difficulty, exercises.active)
    is distinct from (excluded.topic_id, excluded.subject, excluded.title, excluded.statement, excluded.skills,
       excluded.difficulty, true)
