select coalesce(sum(amount), 0)::bigint as used, usage_extra(%(student)s, %(meter)s) as extra
from usage
where student_id = %(student)s and meter = %(meter)s and not pack and at >= %(since)s and at < %(until)s
