select g.user_id, g.email as guardian, u.name
from guardians g join users u on u.id = g.user_id
where lower(u.email) = %(email)s and not u.disabled and g.confirmed_at is null
