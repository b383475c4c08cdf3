-- what a class's dashboard reads in place of every attempt; attempts may come late, so the earliest counts, not the first sent
with wrong as (
    insert into wrong_answers (student_id, item, answer, at)
    select %(student)s, %(item)s, w.answer, %(at)s
    from (
        select left(btrim(
            case when %(kind)s = 'exercise' then %(error)s::text else coalesce(nullif(%(answer)s::text, ''), %(error)s) end
        ), 200) as answer
    ) w
    where not %(correct)s and w.answer <> ''
    on conflict (student_id, item, answer) do update
    set at = excluded.at
    where excluded.at > wrong_answers.at
)
insert into first_answers (student_id, item, at, correct)
values (%(student)s, %(item)s, %(at)s, %(correct)s)
on conflict (student_id, item) do update
set at = excluded.at, correct = excluded.correct
where excluded.at < first_answers.at
