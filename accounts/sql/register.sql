-- A known address is written to as well, as it was: waiting for the disk takes its time, and must take it for both. The
-- same id comes back only for who is new.
with entered as (
    insert into users (id, email, name, role, password_hash, created_at, updated_at)
    values (%(id)s, %(email)s, %(name)s, 'student', %(password_hash)s, %(now)s, %(now)s)
    on conflict (lower(email)) do update set email = users.email
    returning id
), gated as (
    insert into guardians (user_id, of_age_on, email, first_asked_at, asked_at)
    select id, %(of_age_on)s::date, %(guardian)s, %(now)s, %(now)s from entered
    where id = %(id)s and %(of_age_on)s::date is not null
), audited as (
    insert into audit_log (at, kind, subject)
    select %(now)s, case when id = %(id)s then 'people.registered' else 'people.registered_again' end, id from entered
)
select id from entered where id = %(id)s
