select u.id, u.email, u.name, u.role, u.disabled, u.created_at,
    coalesce(array_agg(c.name order by c.name) filter (where c.id is not null), '{}') as classes
from users u left join class_members m on m.user_id = u.id left join classes c on c.id = m.class_id
where (%(role)s = '' or u.role = %(role)s) and (%(after)s = '' or u.id > %(after)s)
    and (%(text)s = '' or strpos(lower(u.email), lower(%(text)s)) > 0 or strpos(lower(u.name), lower(%(text)s)) > 0)
group by u.id order by u.id limit %(limit)s
