insert into billing_nights (day, at) values (%(day)s, %(now)s) on conflict do nothing returning day
