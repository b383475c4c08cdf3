with day as (
    insert into active_days (student_id, day) values (%(student)s, (%(at)s::timestamptz at time zone 'UTC')::date)
    on conflict do nothing
)
update learners
set attempts = attempts + %(attempts)s, solved = solved + %(solved)s,
    ability_mean = %(ability_mean)s, ability_variance = %(ability_variance)s,
    last_at = greatest(last_at, %(at)s)
where student_id = %(student)s
