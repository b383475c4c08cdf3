-- an item's day, over all students: what a dashboard of the course reads in place of every attempt
insert into item_days (item, day, kind, answers, correct, firsts, firsts_right, hints, failed_runs)
values (
    %(item)s, (%(now)s::timestamptz at time zone 'UTC')::date, %(kind)s, %(is_graded)s, %(is_right)s, %(is_first)s,
    %(is_first_right)s, %(is_hint)s, %(is_failed_run)s
)
on conflict (item, day) do update
set kind = case when excluded.answers > 0 then excluded.kind else item_days.kind end,
    answers = item_days.answers + excluded.answers,
    correct = item_days.correct + excluded.correct,
    firsts = item_days.firsts + excluded.firsts,
    firsts_right = item_days.firsts_right + excluded.firsts_right,
    hints = item_days.hints + excluded.hints,
    failed_runs = item_days.failed_runs + excluded.failed_runs
