select ability_mean, ability_variance from learners where student_id = %(student)s for update
