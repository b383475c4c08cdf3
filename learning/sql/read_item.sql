select s.mean, s.variance, e.difficulty as grade,
       exists (
           select 1 from submissions
           where student_id = %(student)s and item = %(item)s and correct and kind = any(%(graded)s)
       ) as solved_before
from (select %(item)s::text as item) i
left join item_stats s on s.item = i.item
left join exercises e on e.id = i.item
