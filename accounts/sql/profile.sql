select coalesce(p.goals, '{}') as goals, p.pace, p.language, coalesce(p.accessibility, '{}') as accessibility,
    coalesce(p.academic, '{}') as academic
from users u left join profiles p on p.user_id = u.id
where u.id = %(user)s
