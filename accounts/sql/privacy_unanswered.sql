select g.user_id from guardians g
where g.confirmed_at is null and g.of_age_on > %(now)s::date and g.first_asked_at < %(before)s
    and not exists (
        select from privacy_jobs where user_id = g.user_id and kind = 'erase' and status in ('waiting', 'running')
    )
