select s.student_id, u.name, s.at from billing_seats s join users u on u.id = s.student_id
where s.owner_id = %(owner)s
order by s.at, s.student_id
