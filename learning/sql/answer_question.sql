update quiz_questions q set option = %(option)s, correct = %(correct)s, answered_at = %(now)s
from quiz_sittings s
where q.sitting_id = %(id)s and q.question = %(question)s and q.answered_at is null
    and s.id = q.sitting_id and s.finished_at is null and (s.ends_at is null or s.ends_at >= %(in_time)s)
