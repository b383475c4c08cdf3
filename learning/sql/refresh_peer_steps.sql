-- Who got two of the first three answers at a skill wrong has struggled; who later gets two of three right has recovered.
-- Only sums over groups that are large enough leave this statement.
with answers as (
    select student_id, skills[1] as skill, correct, at,
           row_number() over (partition by student_id, skills[1] order by at, id) as n
    from submissions
    where recorded_at > %(since)s and kind = any(%(graded)s) and cardinality(skills) > 0
),
struggled as (
    select student_id, skill, max(at) as at
    from answers
    where n <= 3
    group by student_id, skill
    having count(*) = 3 and count(*) filter (where not correct) >= 2
),
outcome as (
    select s.student_id, s.skill, s.at,
           coalesce((
               select count(*) filter (where later.correct) >= 2
               from (
                   select a.correct from answers a
                   where a.student_id = s.student_id and a.skill = s.skill and a.n > 3
                   order by a.n desc limit 3
               ) later
           ), false) as recovered
    from struggled s
),
steps as (
    select distinct o.student_id, o.skill, a.skill as next, o.recovered
    from outcome o
    join answers a on a.student_id = o.student_id and a.skill <> o.skill
        and a.at > o.at and a.at <= o.at + interval '7 days'
),
whole as (
    select skill, count(*) as struggled, avg(recovered::int) as usual from outcome group by skill
)
insert into peer_steps (skill, next, struggled, went, recovered, usual)
select s.skill, s.next, w.struggled, count(*), count(*) filter (where s.recovered), w.usual
from steps s
join whole w on w.skill = s.skill
group by s.skill, s.next, w.struggled, w.usual
having count(*) >= %(group_min)s and w.struggled - count(*) >= %(group_min)s
order by s.skill, s.next
