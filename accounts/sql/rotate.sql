with used as (
    update refresh_tokens t set used_at = %(now)s
    from sign_ins s join users u on u.id = s.user_id
    where t.token_hash = %(token_hash)s and t.used_at is null
        and s.id = t.sign_in_id and s.revoked_at is null and s.expires_at > %(now)s and not u.disabled
        and (u.email_confirmed_at is not null or not %(confirm)s)
    returning t.sign_in_id, u.id, u.name, u.role, u.email_confirmed_at is not null as confirmed
), longer as (
    update sign_ins s set expires_at = %(expires)s, used_at = %(now)s from used where s.id = used.sign_in_id
), forgotten as (
    delete from refresh_tokens t using used
    where t.sign_in_id = used.sign_in_id and t.used_at < %(forget)s
), followed as (
    insert into refresh_tokens (token_hash, sign_in_id, created_at)
    select %(next_hash)s, sign_in_id, %(now)s from used
)
select id, name, role, sign_in_id, confirmed from used
