-- No row: not this student's turn. `answered` false: nothing to have an opinion of yet, and none is kept.
with turn as (
    select id, student_id, status in ('done', 'failed') as answered from turns
    where id = %(turn)s and student_id = %(student)s
), given as (
    insert into feedback (turn_id, student_id, verdict, helped, words, given_at, changed_at)
    select id, student_id, %(verdict)s, %(helped)s, %(words)s, %(now)s, %(now)s from turn where answered
    on conflict (turn_id) do update set
        verdict = excluded.verdict, helped = excluded.helped, words = excluded.words, changed_at = excluded.changed_at
    returning verdict, helped, words
)
select turn.answered, given.verdict, given.helped, given.words from turn left join given on true
