select from quiz_questions where sitting_id = %(id)s and question = %(question)s and answered_at is not null
