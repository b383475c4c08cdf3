select id, name, role, disabled, password_hash, email_confirmed_at is not null as confirmed
from users where lower(email) = %(email)s
