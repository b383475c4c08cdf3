insert into class_members (class_id, user_id, role)
select %(class_id)s, id, case when role in ('teacher', 'admin') then 'teacher' else 'student' end
from users where id = %(id)s
on conflict (class_id, user_id) do update set role = excluded.role
returning user_id
