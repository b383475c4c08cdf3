select ability_mean, ability_variance, trail from learners where student_id = %(student)s for update
