insert into event_log (at, kind, student_id, subject_id, facts)
values (%(now)s, 'attempt.recorded', %(student)s, %(key)s, %(facts)s)
