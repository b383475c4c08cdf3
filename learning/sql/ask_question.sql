-- two devices that ask at once get the same question: there is one a position
insert into quiz_questions (sitting_id, position, topic, question, asked_at)
values (%(id)s, %(position)s, %(topic)s, %(question)s, %(now)s)
on conflict do nothing
