with active as (
    insert into active_times (student_id, at)
    values (%(student)s, date_bin('15 minutes', %(at)s::timestamptz, '2000-01-01Z'))
    on conflict do nothing
)
update learners
set attempts = attempts + %(attempts)s, solved = solved + %(solved)s,
    ability_mean = %(ability_mean)s, ability_variance = %(ability_variance)s,
    last_at = greatest(last_at, %(at)s), reviews = %(reviews)s, trail = coalesce(%(trail)s::double precision[], trail)
where student_id = %(student)s
