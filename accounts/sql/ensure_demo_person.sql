insert into users (id, email, name, role, password_hash, created_at, updated_at, email_confirmed_at)
values (%(id)s, %(email)s, %(name)s, %(role)s, %(password_hash)s, %(now)s, %(now)s, %(now)s)
on conflict (lower(email)) do update
set role = excluded.role, password_hash = excluded.password_hash, email_confirmed_at = excluded.email_confirmed_at
returning id, email, name, role, disabled, created_at
