select t.confirmed_at is not null as confirmed, (select count(*) from recovery_codes r where r.user_id = t.user_id) as codes
from totp t where t.user_id = %(user)s
