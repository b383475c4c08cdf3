insert into alert_notes (alert_id, author_id, words, at)
values (%(alert)s, %(teacher)s, %(words)s, %(now)s)
returning id, author_id as author, words, at
