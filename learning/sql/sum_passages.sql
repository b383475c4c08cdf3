with cited as (
    select t.id, t.student_id, t.created_at::date as day, c ->> 'passage' as passage, c ->> 'topic' as topic,
           c ->> 'title' as title, f.verdict
    from (
        select id, student_id, created_at, answer from turns
        where created_at >= %(since)s and status = 'done'
        order by created_at desc
        limit %(turns)s
    ) t
    cross join lateral jsonb_array_elements(coalesce(t.answer -> 'citations', '[]')) c
    left join feedback f on f.turn_id = t.id
),
days as (
    select passage, student_id, day, count(*) as times from cited group by passage, student_id, day
),
often as (
    select passage, count(distinct student_id) as again from days where times >= 3 group by passage
)
select c.passage, max(c.topic) as topic, max(c.title) as title, count(*) as turns,
       count(distinct c.student_id) as askers, coalesce(max(o.again), 0) as again,
       count(*) filter (where c.verdict = 'down') as down, count(*) filter (where c.verdict = 'up') as up
from cited c
left join often o on o.passage = c.passage
group by c.passage
