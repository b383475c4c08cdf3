-- a program that fails is known by its kind of error: no two programs are alike
select item, answer, students
from (
    select w.item, w.answer, count(distinct w.student_id) as students,
           row_number() over (partition by w.item order by count(distinct w.student_id) desc, w.answer) as place
    from (
        select s.student_id, s.item,
               left(btrim(case when s.kind = 'exercise' then s.error else coalesce(nullif(s.answer, ''), s.error) end), 200)
                   as answer
        from class_members m
        join submissions s on s.student_id = m.user_id
        where m.class_id = %(class)s and m.role = 'student' and s.kind = any(%(graded)s) and not s.correct
          and (%(since)s::timestamptz is null or s.at >= %(since)s)
    ) w
    where w.answer <> ''
    group by w.item, w.answer
    having count(distinct w.student_id) >= %(students_min)s
) often
where place <= 3
order by item, place
