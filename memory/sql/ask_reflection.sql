-- the turn waits to be reflected on, once for ever: not a teacher's words, nor what was asked for others to read
insert into memory_reflections (turn_id, student_id, asked_at, due_at)
select id, student_id, %(now)s, %(due)s from turns
where id = %(turn)s and student_id = %(student)s
    and coalesce(ask -> 'teacher', 'null') = 'null' and coalesce(ask -> 'public', 'false') = 'false'
on conflict do nothing
