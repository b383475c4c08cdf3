select key, kind, item, skills, correct, score, at, duration_s, hints, answer, error, detail, metrics, content_version
from submissions
where student_id = %(student)s and (%(item)s::text is null or item = %(item)s)
order by at desc, id desc
limit %(limit)s
