-- what the detector has seen; what a person or an agent raised, such as words of distress, is for teachers
select kind, severity, skill, reason, at
from alerts
where student_id = %(student)s and automatic and status <> 'resolved'
order by at desc
limit 10
