with raised as (
    insert into alerts (id, student_id, key, kind, severity, skill, reason, advice, evidence, automatic, at)
    select a.id, %(student)s, a.key, a.kind, a.severity, a.skill, a.reason, a.advice, a.evidence, a.automatic, %(now)s
    from jsonb_to_recordset(%(alerts)s) as a (
        id text, key text, kind text, severity text, skill text, reason text, advice text, evidence jsonb,
        automatic boolean
    )
    on conflict do nothing
    returning id, kind, skill
)
insert into event_log (at, kind, student_id, subject_id, facts)
select %(now)s, 'alert.raised', %(student)s, id, jsonb_build_object('kind', kind, 'skill', skill) from raised
