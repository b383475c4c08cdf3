select g.user_id, g.email as guardian, g.of_age_on, g.confirmed_at, g.withdrawn_at, u.name, u.email
from guardians g join users u on u.id = g.user_id
where u.id = %(user)s
