select 1 as found
from class_members t
join class_members s on s.class_id = t.class_id
join users u on u.id = t.user_id
where t.user_id = %(teacher)s and t.role = 'teacher' and not u.disabled
    and s.user_id = %(student)s and s.role = 'student'
limit 1
