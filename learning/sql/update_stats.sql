-- steps, not values: two students at once each add theirs. Last before the commit, for everybody shares these rows;
-- in one order, so that nobody waits in a circle
with item as (
    insert into item_stats (item, mean, variance, answers, credit, surprise, place, timed, log_s)
    values (%(item)s, %(difficulty_mean)s, %(difficulty_variance)s, 1, %(credit)s, %(surprise)s, %(place)s, %(timed)s, %(log_s)s)
    on conflict (item) do update
    set mean = item_stats.mean + %(difficulty_step)s,
        variance = least(item_stats.variance, excluded.variance),
        answers = item_stats.answers + 1,
        credit = item_stats.credit + excluded.credit,
        surprise = item_stats.surprise + excluded.surprise,
        place = item_stats.place + excluded.place,
        timed = item_stats.timed + excluded.timed,
        log_s = item_stats.log_s + excluded.log_s
)
insert into skill_stats (skill, mean, variance, answers, credit, surprise)
select s.skill, s.mean, s.variance, 1, s.credit, s.surprise
from jsonb_to_recordset(%(stats)s) as s (
    skill text, mean double precision, variance double precision, credit double precision, surprise double precision
)
order by s.skill
on conflict (skill) do update
set mean = skill_stats.mean + (
        select s.step from jsonb_to_recordset(%(stats)s) as s (skill text, step double precision)
        where s.skill = excluded.skill
    ),
    variance = least(skill_stats.variance, excluded.variance),
    answers = skill_stats.answers + 1,
    credit = skill_stats.credit + excluded.credit,
    surprise = skill_stats.surprise + excluded.surprise
