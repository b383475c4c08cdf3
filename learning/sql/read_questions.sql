select topic, question, option, correct, asked_at, answered_at from quiz_questions where sitting_id = %(id)s order by position
