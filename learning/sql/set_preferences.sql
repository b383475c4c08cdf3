insert into notification_boxes (user_id, time_zone, quiet_from, quiet_until, muted, digest, digest_since, digest_at)
values (%(user)s, %(time_zone)s, %(quiet_from)s, %(quiet_until)s, %(muted)s, %(digest)s, %(now)s, %(digest_at)s)
on conflict (user_id) do update set
    time_zone = excluded.time_zone, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
    muted = excluded.muted, digest = excluded.digest, digest_at = excluded.digest_at,
    digest_since = case when notification_boxes.digest_at is null then excluded.digest_since
        else notification_boxes.digest_since end
