-- whether a like says that an answer helped: a student's comment, below what somebody else asked, liked by who asked or a teacher
select e.author_id
from community_entries e
join community_entries p on p.id = e.post_id
join users a on a.id = e.author_id and a.role = 'student'
join users w on w.id = %(user)s
where e.id = %(entry)s and e.depth > 0 and e.author_id not in (%(user)s) and p.author_id is distinct from e.author_id
    and (p.author_id = %(user)s or w.role in ('teacher', 'admin'))
