with given as (
    select * from jsonb_to_recordset(%(rows)s) as g (
        id text, module_id text, subject text, title text, summary text, objectives text[], skills text[],
        prerequisites text[], position integer
    )
), gone as (
    update topics set active = false, updated_at = now()
    where active and id not in (select id from given)
)
insert into topics (id, module_id, subject, title, summary, objectives, skills, prerequisites, position)
select id, module_id, subject, title, summary, objectives, skills, prerequisites, position from given
on conflict (id) do update
set module_id = excluded.module_id,
    subject = excluded.subject,
    title = excluded.title,
    summary = excluded.summary,
    objectives = excluded.objectives,
    skills = excluded.skills,
    prerequisites = excluded.prerequisites,
    position = excluded.position,
    active = true, updated_at = now()
where (topics.module_id, topics.subject, topics.title, topics.summary, topics.objectives, topics.skills,
       topics.prerequisites, topics.position, topics.active)
    is distinct from (excluded.module_id, excluded.subject, excluded.title, excluded.summary, excluded.objectives,
       excluded.skills, excluded.prerequisites, excluded.position, true)
