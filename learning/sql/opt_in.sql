delete from experiment_opt_outs where student_id = %(student)s
