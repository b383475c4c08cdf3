-- every plan that a person has: their own, and those of whom they have a seat from
select s.plan, s.status, s.interval, s.seats, s.period_end, s.trial_ends_at, s.ends_at, s.past_due_since, false as seat
from billing_subscriptions s
where s.user_id = %(user)s
union all
select s.plan, s.status, s.interval, s.seats, s.period_end, s.trial_ends_at, s.ends_at, s.past_due_since, true as seat
from billing_seats mine
join billing_subscriptions s on s.user_id = mine.owner_id and s.plan = any(%(with_seats)s)
where mine.student_id = %(user)s and s.seats > (
    select count(*) from billing_seats earlier
    where earlier.owner_id = mine.owner_id and (earlier.at, earlier.student_id) < (mine.at, mine.student_id)
)
