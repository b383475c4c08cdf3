-- people stand in it under random names; those who are still there are shown by their ids
select l.seq, l.at, l.kind, coalesce(a.user_id, l.actor) as actor, coalesce(s.user_id, l.subject) as subject, l.facts,
    l.prior, l.hash
from audit_log l
left join audit_names a on a.name = l.actor
left join audit_names s on s.name = l.subject
where (%(subject)s = ''
        or coalesce((select name from audit_names where user_id = %(subject)s), %(subject)s) in (l.subject, l.actor))
    and (%(kind)s = '' or starts_with(l.kind, %(kind)s))
order by l.seq desc limit %(limit)s
