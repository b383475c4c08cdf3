select body from export_parts where job_id = %(id)s and number = %(number)s
