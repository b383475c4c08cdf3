select variant, design, student_id, at from exposures where experiment = %(experiment)s order by at, student_id
