select l.time_zone as home, b.time_zone, b.quiet_from, b.quiet_until,
       coalesce(b.muted, '{}') as muted, coalesce(b.digest, 'off') as digest
from users u
left join notification_boxes b on b.user_id = u.id
left join learners l on l.student_id = u.id
where u.id = %(user)s
