with given as (
    select * from jsonb_to_recordset(%(rows)s) as g (
        id text, title text, subject text, position integer
    )
), gone as (
    update modules set active = false, updated_at = now()
    where active and id not in (select id from given)
)
insert into modules (id, title, subject, position)
select id, title, subject, position from given
on conflict (id) do update
set title = excluded.title,
    subject = excluded.subject,
    position = excluded.position,
    active = true, updated_at = now()
where (modules.title, modules.subject, modules.position, modules.active)
    is distinct from (excluded.title, excluded.subject, excluded.position, true)
