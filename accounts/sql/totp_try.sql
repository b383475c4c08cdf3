-- counted before the code is looked at, so that a burst at once gets no extra guesses; none is granted while one must wait
with found as (
    select user_id, secret, last_step, confirmed_at is not null as confirmed, tries, tried_at from totp
    where user_id = %(user)s for update
), granted as (
    update totp t set tries = case when f.tried_at < %(forget)s then 1 else f.tries + 1 end, tried_at = %(now)s
    from found f
    where t.user_id = f.user_id
        and (f.tried_at is null or f.tries < %(free)s
            or f.tried_at + make_interval(secs => least(900, 2 ^ least(f.tries - %(free)s, 20))) <= %(now)s)
    returning t.user_id
)
select secret, last_step, confirmed, tries, exists (select from granted) as granted from found
