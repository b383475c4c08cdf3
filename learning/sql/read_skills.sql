select s.skill, p.mean, p.variance, p.spread, p.attempts, p.correct, p.at,
       k.mean as easiness_mean, k.variance as easiness_variance
from unnest(%(skills)s::text[]) with ordinality as s (skill, n)
left join progress p on p.student_id = %(student)s and p.skill = s.skill
left join skill_stats k on k.skill = s.skill
order by s.n
