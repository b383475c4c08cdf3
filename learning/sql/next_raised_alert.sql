select c.seq, a.id, a.student_id, a.student_name, a.kind, a.severity, a.reason,
       array(select distinct t.teacher_id from taught t where t.student_id = a.student_id) as teachers
from alert_changes c join alert_cards a on a.id = c.alert_id
where c.seq > %(after)s and c.seq <= %(upto)s and c.what = 'raised'
order by c.seq limit 1
