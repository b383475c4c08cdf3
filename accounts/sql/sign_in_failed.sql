insert into audit_log (at, kind, subject, facts)
values (%(now)s, %(kind)s, %(user)s, jsonb_build_object('place', %(place)s::text)::text)
