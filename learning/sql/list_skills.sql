select p.skill, p.mean, p.variance, p.spread, p.attempts, p.correct, p.at,
       k.mean as easiness_mean, k.variance as easiness_variance
from progress p
left join skill_stats k on k.skill = p.skill
where p.student_id = %(student)s
order by p.skill
