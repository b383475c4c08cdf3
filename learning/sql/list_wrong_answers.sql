select item, answer, students
from (
    select w.item, w.answer, count(*) as students,
           row_number() over (partition by w.item order by count(*) desc, w.answer) as place
    from class_members m
    join wrong_answers w on w.student_id = m.user_id
    where m.class_id = %(class)s and m.role = 'student' and (%(since)s::timestamptz is null or w.at >= %(since)s)
    group by w.item, w.answer
    having count(*) >= %(students_min)s
) often
where place <= 3
order by item, place
