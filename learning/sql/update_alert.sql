with changed as (
    update alerts a
    set status = %(status)s,
        snoozed_until = null,
        helped = case when %(status)s = 'resolved' then coalesce(%(helped)s::boolean, a.helped) end,
        resolved_at = case when %(status)s = 'resolved' then coalesce(a.resolved_at, %(now)s) end,
        resolved_by = case when %(status)s = 'resolved' then coalesce(a.resolved_by, %(teacher)s) end
    where a.id = %(alert)s and (%(everyone)s or exists (
        select from taught where teacher_id = %(teacher)s and student_id = a.student_id
    ))
    returning a.*
), logged as (
    insert into event_log (at, kind, student_id, subject_id, facts)
    select %(now)s, 'alert.' || c.status, c.student_id, c.id,
           jsonb_strip_nulls(jsonb_build_object('by', %(teacher)s::text, 'helped', c.helped))
    from changed c
)
-- the rest of a card is read as it was: only what is changed here is taken from `changed`
select k.id, k.student_id, k.student_name, k.kind, k.severity, k.skill, k.reason, k.advice, k.evidence, c.status, k.at,
       k.assignee, c.snoozed_until, c.helped, k.notes
from changed c
join alert_cards k on k.id = c.id
