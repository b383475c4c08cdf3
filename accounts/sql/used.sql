select coalesce(sum(amount), 0)::bigint as used
from usage
where student_id = %(student)s and meter = %(meter)s and at >= %(since)s and at < %(until)s
