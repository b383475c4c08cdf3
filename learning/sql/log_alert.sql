insert into event_log (at, kind, student_id, subject_id, facts)
values (%(now)s, %(event)s, %(student)s, %(alert)s, jsonb_build_object('by', %(teacher)s::text))
