update quiz_sittings set finished_at = %(now)s where id = %(id)s and finished_at is null
