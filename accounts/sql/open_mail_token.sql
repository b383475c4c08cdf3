with old as (
    delete from mail_tokens where user_id = %(user)s and expires_at <= %(now)s
)
insert into mail_tokens (token_hash, user_id, purpose, created_at, expires_at)
select %(token_hash)s, id, %(purpose)s, %(now)s, %(expires)s from users where id = %(user)s and not disabled
returning user_id
