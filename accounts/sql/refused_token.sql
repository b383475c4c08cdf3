select t.sign_in_id, t.used_at, u.id, u.name, u.role, u.email_confirmed_at is not null as confirmed,
    s.revoked_at is not null as revoked, s.expires_at <= %(now)s as expired, u.disabled,
    %(confirm)s and u.email_confirmed_at is null as unconfirmed,
    (select n.token_hash from refresh_tokens n where n.token_hash = any(%(next_hashes)s) limit 1) as followed
from refresh_tokens t
join sign_ins s on s.id = t.sign_in_id
join users u on u.id = s.user_id
where t.token_hash = %(token_hash)s
