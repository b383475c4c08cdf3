with given as (
    select * from jsonb_to_recordset(%(rows)s) as g (
        id text, topic_id text, prompt text, options jsonb, skill text, position integer
    )
), gone as (
    update quizzes set active = false, updated_at = now()
    where active and id not in (select id from given)
)
insert into quizzes (id, topic_id, prompt, options, skill, position)
select id, topic_id, prompt, options, skill, position from given
on conflict (id) do update
set topic_id = excluded.topic_id,
    prompt = excluded.prompt,
    options = excluded.options,
    skill = excluded.skill,
    position = excluded.position,
    active = true, updated_at = now()
where (quizzes.topic_id, quizzes.prompt, quizzes.options, quizzes.skill, quizzes.position, quizzes.active)
    is distinct from (excluded.topic_id, excluded.prompt, excluded.options, excluded.skill, excluded.position, true)
