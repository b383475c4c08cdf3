-- bounded twice, so that a long life costs no more than a short one
select recorded_at, kind, item, skills, correct, error, hints, changes, pace
from (
    select id, recorded_at, kind, item, skills, correct, error, hints, changes, pace
    from submissions
    where student_id = %(student)s
    order by recorded_at desc
    limit 200
) recent
where skills && %(skills)s::text[] or (cardinality(skills) = 0 and cardinality(%(skills)s::text[]) = 0)
order by id desc
limit %(history)s
