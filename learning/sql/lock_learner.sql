-- the row that orders one student's attempts; made at the first
insert into learners (student_id) values (%(student)s) on conflict do nothing
