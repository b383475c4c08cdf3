insert into letters_waiting (id, kind, recipient, facts, created_at, lease_until)
values (%(id)s, %(kind)s, %(recipient)s, %(facts)s, %(now)s, %(lease_until)s)
