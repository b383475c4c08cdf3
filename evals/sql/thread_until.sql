select t.seq, t.ask, t.answer, u.name, u.email
from turns t
join turns last on last.thread_id = t.thread_id and last.id = %(turn)s and last.status = 'done'
join users u on u.id = t.student_id
where t.seq between last.seq - %(before)s and last.seq and t.status = 'done' and t.ask->>'teacher' is null
order by t.seq
