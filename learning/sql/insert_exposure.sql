-- a turn that nobody keeps any more still had its effect: then it happened just now
insert into exposures (experiment, student_id, variant, design, turn_id, at)
select %(experiment)s, %(student)s, %(variant)s, %(design)s, %(turn)s,
    coalesce((select created_at from turns where id = %(turn)s), now())
on conflict do nothing
