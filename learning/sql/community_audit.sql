-- ids only: what was said of it stands with the entry, and goes with it
insert into audit_log (at, kind, actor, subject, facts)
values (%(now)s, %(kind)s, %(user)s, coalesce(%(author)s, ''), json_build_object('entry', %(entry)s::text, 'reason', %(reason)s::text)::text)
