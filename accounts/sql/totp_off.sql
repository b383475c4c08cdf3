with gone as (
    delete from totp where user_id = %(user)s and (%(any)s or confirmed_at is not null) returning user_id
), codes as (
    delete from recovery_codes r using gone where r.user_id = gone.user_id
), audited as (
    insert into audit_log (at, kind, actor, subject)
    select %(now)s, case when %(by)s = user_id then 'people.totp_off' else 'people.totp_reset' end, %(by)s, user_id from gone
)
select u.email, u.name from gone g join users u on u.id = g.user_id
