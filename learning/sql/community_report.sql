insert into community_reports (id, entry_id, reporter_id, reason, words, at)
values (%(report)s, %(entry)s, %(user)s, %(reason)s, %(words)s, %(now)s)
on conflict do nothing
