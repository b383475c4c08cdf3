-- none for who does not wish to see them, unless all are asked for
select kind, about, at, evidence
from achievements a
where student_id = %(student)s
    and (%(all)s or not exists (select from learners where student_id = a.student_id and not achievements))
order by at desc, kind, about
