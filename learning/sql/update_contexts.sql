-- like update_stats, after it: these rows too are everybody's
insert into skill_contexts (skill, context, answers, credit)
select s.skill, s.context, 1, s.credit
from jsonb_to_recordset(%(stats)s) as s (skill text, context smallint, credit double precision)
order by s.skill
on conflict (skill, context) do update
set answers = skill_contexts.answers + 1, credit = skill_contexts.credit + excluded.credit
