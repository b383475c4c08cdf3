select id, device as label, created_at, used_at, expires_at from sign_ins
where user_id = %(user)s and revoked_at is null and expires_at > %(now)s
order by used_at desc, id
