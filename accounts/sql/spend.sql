insert into usage (student_id, meter, key, amount, at)
select id, %(meter)s, %(key)s, %(amount)s, %(now)s from users where id = %(student)s
on conflict do nothing
