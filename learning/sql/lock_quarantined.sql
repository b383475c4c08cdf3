select q.id, q.student_id as student, u.name, q.key, q.field, q.reason, q.content, q.received_at, q.seen, q.status, q.settled_at
from quarantined_attempts q join users u on u.id = q.student_id
where q.id = %(id)s
for update of q
