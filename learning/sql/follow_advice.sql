-- what an answer says of advice that is open: taken when it is the item meant, judged after some answers at its skills
with moved as (
    update advice a
    set taken_at = coalesce(a.taken_at, %(now)s),
        answers = a.answers + 1,
        gained = l.level - a.level,
        settled_at = case when a.answers + 1 >= %(answers_needed)s then %(now)s::timestamptz end
    from (
        select b.id, avg(coalesce(p.level, %(prior)s)) as level
        from advice b
        cross join unnest(b.skills) s (skill)
        left join progress p on p.student_id = b.student_id and p.skill = s.skill
        where b.student_id = %(student)s and b.settled_at is null and (b.taken_at is not null or b.item = %(item)s)
            and b.skills && %(skills)s::text[]
        group by b.id
    ) l
    where a.id = l.id
    returning a.kind, a.topic, a.gained, a.expected, a.settled_at
)
insert into advice_effects (kind, topic, shown, taken, gained, expected)
select kind, topic, count(*), count(*), sum(gained), sum(expected)
from moved
where settled_at is not null
group by kind, topic
order by kind, topic
on conflict (kind, topic) do update
set shown = advice_effects.shown + excluded.shown, taken = advice_effects.taken + excluded.taken,
    gained = advice_effects.gained + excluded.gained, expected = advice_effects.expected + excluded.expected
