insert into made_exercises (id, topic, difficulty, content, measured, content_version, model, prompt, made_at)
values (
    %(id)s, %(topic)s, %(difficulty)s, %(content)s, %(measured)s, %(content_version)s, %(model)s, %(prompt)s, %(now)s
)
on conflict (id) do nothing
returning id
