select p.student_id, p.skill, p.mean, p.variance, p.spread, p.attempts, p.correct, p.at,
       k.mean as easiness_mean, k.variance as easiness_variance
from class_members m
join progress p on p.student_id = m.user_id
left join skill_stats k on k.skill = p.skill
where m.class_id = %(class)s and m.role = 'student'
