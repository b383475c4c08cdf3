select id, email, name, role, password_hash, disabled, email_confirmed_at is not null as confirmed,
    (select name from audit_names where user_id = users.id) as audit_name
from users where id = %(user)s
