select c.id, c.name
from classes c
where c.id = %(class)s and (%(everyone)s or exists (
    select from class_members t where t.class_id = c.id and t.user_id = %(teacher)s and t.role = 'teacher'
))
