with used as (
    delete from recovery_codes where user_id = %(user)s and code_hash = %(hash)s returning user_id
), audited as (
    insert into audit_log (at, kind, actor, subject) select %(now)s, 'people.totp_recovered', user_id, user_id from used
)
select u.email, u.name, (select count(*) from recovery_codes r where r.user_id = u.id) - 1 as left
from used join users u on u.id = used.user_id
