-- what an attempt can earn depends on: little of it, and none of it grows with a long life
select l.solved, l.last_at, l.reviews, l.achievements as wanted, l.time_zone,
    array(select array[kind, about] from achievements where student_id = l.student_id) as has,
    exists (
        select from submissions
        where student_id = l.student_id and item = %(item)s and (kind = 'hint' or hints > 0)
    ) as helped,
    case when exists (
        select from active_times
        where student_id = l.student_id and at = date_bin('15 minutes', %(at)s::timestamptz, '2000-01-01Z')
    ) then '{}' else array(
        select min(at) from active_times where student_id = l.student_id and at > %(at)s::timestamptz - interval '102 days'
        group by (at at time zone coalesce(l.time_zone, 'UTC'))::date
    ) end as moments,
    coalesce((
        select jsonb_agg(jsonb_build_object(
            'id', t.id, 'title', t.title, 'module', m.id, 'module_title', m.title,
            'module_topics', (select jsonb_agg(o.id order by o.position) from topics o where o.module_id = m.id and o.active),
            'skills', (
                select jsonb_agg(jsonb_build_object(
                    'skill', s.skill, 'level', coalesce(p.level, 0), 'attempts', coalesce(p.attempts, 0)) order by s.place)
                from unnest(t.skills) with ordinality s (skill, place)
                left join progress p on p.student_id = l.student_id and p.skill = s.skill
            )) order by t.position)
        from topics t
        join modules m on m.id = t.module_id
        where t.active and t.skills && %(skills)s::text[]
    ), '[]') as topics
from learners l
where l.student_id = %(student)s
