select c.id, c.name,
       (select count(*) from class_members s where s.class_id = c.id and s.role = 'student') as students
from classes c
where %(everyone)s or exists (
    select from class_members t where t.class_id = c.id and t.user_id = %(teacher)s and t.role = 'teacher'
)
order by c.name, c.id
limit 500
