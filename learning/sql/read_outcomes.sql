-- A row a student whose window has closed: what became of the turns in it. Whoever met two variants belongs to neither,
-- and a window that was open when the experiment was stopped held turns of both.
with met as (
    select student_id, min(variant) as variant, min(design) as design, min(at) as at
    from exposures where experiment = %(experiment)s
    group by student_id having count(*) = 1
), closed as (
    select * from met where at + %(window)s <= %(until)s
      and not exists (select from experiment_opt_outs o where o.student_id = met.student_id)
)
select c.student_id, c.variant, c.design, c.at, count(t.id) as turns,
    avg((t.status = 'failed' or jsonb_array_length(t.answer -> 'problems') > 0)::int)::float8 as degraded,
    avg((
        t.answer -> 'intents' ?| array['concept', 'debugging', 'review', 'exercise', 'submission', 'maths']
        and ((t.answer -> 'verified') - array['courtesy', '']) = '{}'::jsonb
    )::int)::float8 as refused,
    avg((coalesce((t.answer -> 'usage' ->> 'leaks_blocked')::int, 0) > 0)::int)::float8 as leaks_blocked,
    avg((f.verdict is not distinct from 'down')::int)::float8 as thumbs_down,
    avg((f.verdict is not distinct from 'up')::int)::float8 as thumbs_up,
    avg((f.helped is not distinct from true)::int)::float8 as helped,
    array_agg(extract(epoch from t.finished_at - t.created_at)::float8) as seconds,
    (exists (
        select from submissions a where a.student_id = c.student_id and a.correct and a.kind in ('exercise', 'maths')
        and a.at >= c.at and a.at < c.at + %(window)s
    ))::int::float8 as solved
from closed c
join turns t on t.student_id = c.student_id and t.created_at >= c.at and t.created_at < c.at + %(window)s
    and t.status in ('done', 'failed') and t.answer is not null
left join feedback f on f.turn_id = t.id
group by c.student_id, c.variant, c.design, c.at
order by c.at, c.student_id
