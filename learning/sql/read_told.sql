select kind, skill, bool_or(status <> 'resolved') as is_open, max(resolved_at) as resolved_at
from alerts
where student_id = %(student)s and automatic
  and (skill = any(%(skills)s::text[]) or (skill is null and cardinality(%(skills)s::text[]) = 0))
group by kind, skill
