select a.status, a.student_id
from alerts a
where a.id = %(alert)s and (%(everyone)s or exists (
    select from taught where teacher_id = %(teacher)s and student_id = a.student_id
))
for update
