insert into totp (user_id, secret, created_at)
select id, %(secret)s, %(now)s from users where id = %(user)s and not disabled
on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at, last_step = 0
where totp.confirmed_at is null
returning user_id
