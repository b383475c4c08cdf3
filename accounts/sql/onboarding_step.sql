-- what was done stays done, also when it is skipped afterwards
insert into onboarding as o (user_id, step, skipped, at)
select id, %(step)s, %(skipped)s, %(now)s from users where id = %(user)s
on conflict (user_id, step) do update set skipped = o.skipped and excluded.skipped, at = o.at
returning step
