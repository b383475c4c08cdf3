select u.id, u.email, u.name, u.role, u.disabled, u.email_confirmed_at is not null as confirmed, i.role as said
from identities i join users u on u.id = i.user_id
where i.issuer = %(issuer)s and i.subject = %(subject)s
