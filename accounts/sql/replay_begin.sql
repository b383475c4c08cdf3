-- `mine`: whoever asks is the first, or takes over from one who died over it. A row that another request inserted while
-- this one waited is not seen here, and nothing comes back: then it is being worked on.
with old as (
    delete from replays where at < %(until)s and (user_id, key) <> (%(user)s, %(key)s)
), begun as (
    insert into replays (user_id, key, fingerprint, at)
    select id, %(key)s, %(fingerprint)s, %(now)s from users where id = %(user)s
    on conflict (user_id, key) do update set fingerprint = excluded.fingerprint, at = excluded.at, status = null
    where replays.at < %(until)s
        or (replays.status is null and replays.at < %(dead)s and replays.fingerprint = excluded.fingerprint)
    returning true as mine
)
select coalesce((select mine from begun), false) as mine, r.fingerprint, r.status, r.headers, r.body
from (select) one left join replays r on r.user_id = %(user)s and r.key = %(key)s
