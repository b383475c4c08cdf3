insert into users (id, email, name, role, password_hash, created_at, updated_at)
values (%(id)s, %(email)s, %(name)s, %(role)s, %(password_hash)s, %(now)s, %(now)s)
on conflict do nothing
returning id, email, name, role, disabled, created_at
