with ended as (
    update sign_ins set revoked_at = %(now)s where user_id = %(user)s and revoked_at is null
    returning id
)
insert into audit_log (at, kind, actor, subject, facts)
select %(now)s, 'sign_in.all_ended', %(user)s, %(user)s, jsonb_build_object('sign_ins', count(*))::text
from ended having count(*) > 0
