insert into audit_log (at, kind, actor, subject, facts)
values (%(now)s, %(kind)s, %(by)s, %(subject)s, %(facts)s)
