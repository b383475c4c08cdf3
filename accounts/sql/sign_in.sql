with gone as (
    delete from sign_ins where user_id = %(user)s and expires_at < %(now)s
), opened as (
    insert into sign_ins (id, user_id, created_at, used_at, expires_at, device)
    select %(sign_in)s, id, %(now)s, %(now)s, %(expires)s, %(device)s from users where id = %(user)s and not disabled
    returning id
)
insert into refresh_tokens (token_hash, sign_in_id, created_at)
select %(token_hash)s, id, %(now)s from opened
returning sign_in_id
