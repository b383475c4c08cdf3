insert into billing_packs (id, user_id, pack, meter, units, at)
select %(id)s, id, %(pack)s, %(meter)s, %(units)s, %(now)s from users where id = %(user)s
on conflict do nothing
