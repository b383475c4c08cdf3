insert into submissions (
    student_id, key, kind, item, skills, correct, score, at, recorded_at, duration_s, hints, answer, error, detail,
    changes, alerts, metrics, content_version, foreseen, pace
) values (
    %(student)s, %(key)s, %(kind)s, %(item)s, %(skills)s, %(correct)s, %(score)s, %(at)s, %(now)s, %(duration_s)s,
    %(hints)s, %(answer)s, %(error)s, %(detail)s, %(changes)s, %(alerts)s,
    %(metrics)s, %(content_version)s, %(foreseen)s, %(pace)s
)
