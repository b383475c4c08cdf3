select b.user_id, b.digest, b.digest_since, b.digest_at, coalesce(b.time_zone, l.time_zone, 'UTC') as zone
from notification_boxes b
join users u on u.id = b.user_id
left join learners l on l.student_id = b.user_id
where b.digest_at <= %(now)s
order by b.digest_at limit 1 for update of b skip locked
