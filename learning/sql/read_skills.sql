select s.skill, p.mean, p.variance, p.spread, p.attempts, p.correct, p.at,
       k.mean as easiness_mean, k.variance as easiness_variance,
       p.trail, k.answers as skill_answers, k.credit as skill_credit, k.surprise as skill_surprise,
       c.answers as context_answers, c.credit as context_credit
from unnest(%(skills)s::text[]) with ordinality as s (skill, n)
left join progress p on p.student_id = %(student)s and p.skill = s.skill
left join skill_stats k on k.skill = s.skill
-- the seventh number of a trail codes the last outcomes
left join skill_contexts c on c.skill = s.skill and c.context = coalesce(p.trail[7], 0)::smallint
order by s.n
