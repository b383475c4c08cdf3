insert into classes (id, name, created_at) values (%(id)s, %(name)s, %(now)s) on conflict (id) do nothing
