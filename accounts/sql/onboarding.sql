-- A step is done by what is there, through whichever door it came, and is kept as done once that was seen: what is taken
-- away afterwards, or goes with its time, does not open it again.
with there as (
    select 'goals' as step from profiles
    where user_id = %(user)s and (cardinality(goals) > 0 or pace is not null)
    union
    select 'preferences' from profiles where user_id = %(user)s and (language is not null or accessibility <> '{}')
    union
    select 'preferences' from learners where student_id = %(user)s and time_zone is not null
    union
    select 'preferences' from notification_boxes where user_id = %(user)s and time_zone is not null
    union
    select 'placement' from quiz_sittings s
    where student_id = %(user)s and kind = 'placement' and (finished_at is not null or ends_at <= %(now)s)
        and exists (select from quiz_questions where sitting_id = s.id and answered_at is not null)
    union
    select 'first_question' where exists (
        select from turns where student_id = %(user)s and coalesce(ask -> 'teacher', 'null') = 'null'
    )
), done as (
    insert into onboarding as o (user_id, step, skipped, at)
    select %(user)s, there.step, false, %(now)s from there
    where not exists (select from onboarding k where k.user_id = %(user)s and k.step = there.step and not k.skipped)
    on conflict (user_id, step) do update set skipped = false
    returning step
)
select step, false as skipped from done
union all
select step, skipped from onboarding where user_id = %(user)s and step not in (select step from done)
