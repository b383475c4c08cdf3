insert into quarantined_attempts (student_id, key, field, reason, content, received_at)
values (%(student)s, %(key)s, %(field)s, %(reason)s, %(content)s, %(now)s)
on conflict (student_id, key, field, md5(content::text)) do update set seen = quarantined_attempts.seen + 1
returning id, seen
