insert into experiment_opt_outs (student_id, at) values (%(student)s, %(at)s) on conflict do nothing
