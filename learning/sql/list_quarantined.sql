select id, student_id as student, key, field, reason, content, received_at, seen, status, settled_at
from quarantined_attempts
where status = %(status)s and id > %(after)s
order by id
limit %(limit)s
