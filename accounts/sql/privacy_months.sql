with months as (
    select distinct date_trunc('month', at at time zone 'UTC')::date as month from submissions
    where at < date_trunc('month', %(now)s::timestamptz at time zone 'UTC') at time zone 'UTC'
    except select month from aggregate_months
), counted as (
    insert into aggregate_months (month, at) select month, %(now)s from months on conflict do nothing returning month
), firsts as (
    select distinct on (c.month, s.item, s.student_id) c.month, s.item, s.student_id, s.correct
    from submissions s
    join counted c on c.month = date_trunc('month', s.at at time zone 'UTC')::date
    where s.kind in ('exercise', 'quiz', 'maths') and s.hints = 0 and consents_to(s.student_id, 'analytics', %(assumed)s)
    order by c.month, s.item, s.student_id, s.at, s.id
)
insert into aggregates (month, item, students, solved)
select month, item, round(count(*)::numeric / %(k)s) * %(k)s,
    case when least(count(*) filter (where correct), count(*) filter (where not correct)) < %(k)s then null
        else round((count(*) filter (where correct))::numeric / %(k)s) * %(k)s end
from firsts group by month, item having count(*) >= %(k)s
on conflict do nothing
