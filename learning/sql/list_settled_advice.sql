-- the student's last outcome of each kind at each topic
select distinct on (topic, kind) topic, kind, gained, expected
from advice
where student_id = %(student)s and settled_at > %(since)s and taken_at is not null and answers > 0
order by topic, kind, settled_at desc, id desc
