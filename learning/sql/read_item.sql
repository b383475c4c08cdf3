select s.mean, s.variance, s.answers, s.credit, s.surprise, s.place, s.timed, s.log_s, e.difficulty as grade, a.tried_before, a.solved_before
from (select %(item)s::text as item) i
left join item_stats s on s.item = i.item
left join exercises e on e.id = i.item
cross join lateral (
    select count(*) > 0 as tried_before, coalesce(bool_or(correct), false) as solved_before
    from submissions
    where student_id = %(student)s and item = i.item and kind = any(%(graded)s)
) a
