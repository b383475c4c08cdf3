with earned as (
    insert into achievements (student_id, kind, about, at, key, evidence)
    select %(student)s, a.kind, a.about, a.at, %(key)s, a.evidence
    from jsonb_to_recordset(%(achievements)s) as a (kind text, about text, at timestamptz, evidence jsonb)
    on conflict do nothing
    returning kind, about
), logged as (
    insert into event_log (at, kind, student_id, subject_id, facts)
    select %(now)s, 'achievement.earned', %(student)s, %(key)s, jsonb_build_object('kind', kind, 'about', about) from earned
)
select kind, about from earned
