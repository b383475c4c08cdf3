select s.user_id as id
from class_members s
where s.class_id = %(class)s and s.role = 'student'
    and (%(everyone)s or exists (
        select from class_members t where t.class_id = s.class_id and t.user_id = %(teacher)s and t.role = 'teacher'))
