-- steps, not values: two students at once each add theirs. Last before the commit, for everybody shares these rows;
-- in one order, so that nobody waits in a circle
with item as (
    insert into item_stats (item, mean, variance)
    values (%(item)s, %(difficulty_mean)s, %(difficulty_variance)s)
    on conflict (item) do update
    set mean = item_stats.mean + %(difficulty_step)s,
        variance = least(item_stats.variance, excluded.variance)
)
insert into skill_stats (skill, mean, variance)
select s.skill, s.mean, s.variance
from jsonb_to_recordset(%(stats)s) as s (
    skill text, mean double precision, variance double precision, step double precision
)
order by s.skill
on conflict (skill) do update
set mean = skill_stats.mean + (
        select s.step from jsonb_to_recordset(%(stats)s) as s (skill text, step double precision)
        where s.skill = excluded.skill
    ),
    variance = least(skill_stats.variance, excluded.variance)
