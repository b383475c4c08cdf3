select a.student_name, a.kind, a.severity, a.at >= %(since)s as fresh
from alert_cards a
where a.status <> 'resolved' and a.at <= %(now)s and (a.snoozed_until is null or a.snoozed_until <= %(now)s)
    and exists (select from taught t where t.teacher_id = %(user)s and t.student_id = a.student_id)
order by a.student_name, a.at
