-- The wanted thread where it is still there, else the one that was used last.
select id from threads where student_id = %(student)s
order by (id = coalesce(%(wanted)s::text, '')) desc, updated_at desc, id desc limit 1
