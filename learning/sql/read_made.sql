select content, measured, content_version, model, prompt, made_at, withdrawn_at, withdrawn_because
from made_exercises
where id = %(id)s
