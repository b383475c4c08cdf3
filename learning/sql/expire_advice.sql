-- what nobody took, or took and did not go on with, is judged after a week: by what there is
with gone as (
    update advice
    set settled_at = %(now)s
    where student_id = %(student)s and settled_at is null and shown_at < %(before)s
    returning kind, topic, taken_at is not null and answers > 0 as judged, gained, expected
)
insert into advice_effects (kind, topic, shown, taken, gained, expected)
select kind, topic, count(*), count(*) filter (where judged),
       coalesce(sum(gained) filter (where judged), 0), coalesce(sum(expected) filter (where judged), 0)
from gone
group by kind, topic
order by kind, topic
on conflict (kind, topic) do update
set shown = advice_effects.shown + excluded.shown, taken = advice_effects.taken + excluded.taken,
    gained = advice_effects.gained + excluded.gained, expected = advice_effects.expected + excluded.expected
