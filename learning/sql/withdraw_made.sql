update made_exercises
set withdrawn_at = coalesce(withdrawn_at, %(now)s),
    withdrawn_because = case when withdrawn_at is null then %(because)s else withdrawn_because end
where id = %(id)s
returning content, measured, content_version, model, prompt, made_at, withdrawn_at, withdrawn_because
