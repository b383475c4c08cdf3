select email, name from users where role = 'admin' and not disabled and email_confirmed_at is not null order by id limit 50
