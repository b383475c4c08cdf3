select t.sign_in_id, t.used_at, u.id, u.name, u.role,
    s.revoked_at is not null as revoked, s.expires_at <= %(now)s as expired, u.disabled,
    exists (select from refresh_tokens n where n.token_hash = %(next_hash)s) as followed
from refresh_tokens t
join sign_ins s on s.id = t.sign_in_id
join users u on u.id = s.user_id
where t.token_hash = %(token_hash)s
