select c.*
from alert_cards c
where (%(everyone)s or exists (select from taught where teacher_id = %(teacher)s and student_id = c.student_id))
  and (%(class)s::text is null or exists (
        select from class_members m
        where m.class_id = %(class)s and m.user_id = c.student_id and m.role = 'student'
          and (%(everyone)s or exists (
                select from taught where teacher_id = %(teacher)s and student_id = c.student_id and class_id = m.class_id
          ))
  ))
  and (%(status)s::text is null or %(status)s = case
        when c.snoozed_until > %(now)s then 'snoozed' else c.status
  end)
  and (%(severity)s::text is null or c.severity = %(severity)s)
  and (%(kind)s::text is null or c.kind = %(kind)s)
  and (%(student)s::text is null or c.student_id = %(student)s)
  and (%(assignee)s::text is null or c.assignee = %(assignee)s)
  and (%(since)s::timestamptz is null or c.at >= %(since)s)
  and (%(before_at)s::timestamptz is null or (c.at, c.id) < (%(before_at)s, %(before_id)s))
order by c.at desc, c.id desc
limit %(limit)s
