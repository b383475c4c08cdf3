-- the same thing shown again while it is open is the same advice
insert into advice (student_id, kind, topic, item, because, skills, level, expected, shown_at)
select %(student)s, a.kind, a.topic, a.item, a.because, a.skills, l.level, a.gain * (1 - l.level), %(now)s
from jsonb_to_recordset(%(advice)s) as a (
    kind text, topic text, item text, because text, skills text[], gain double precision
)
cross join lateral (
    select coalesce(avg(coalesce(p.level, %(prior)s)), %(prior)s) as level
    from unnest(a.skills) s (skill)
    left join progress p on p.student_id = %(student)s and p.skill = s.skill
) l
on conflict (student_id, kind, topic, item) where settled_at is null
do update set shown = advice.shown + 1
returning id, kind, topic, item
