select content, measured, content_version, model, prompt, made_at, withdrawn_at, withdrawn_because
from made_exercises
where (%(topic)s::text is null or topic = %(topic)s) and (%(withdrawn)s or withdrawn_at is null)
order by made_at desc, id
limit %(limit)s
