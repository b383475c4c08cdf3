insert into memory_forgotten as f (student_id, memory, kind, turns, at)
select id, %(memory)s, %(kind)s, %(turns)s, %(now)s from users where id = %(student)s
on conflict (student_id, memory) do update set turns = (f.turns || excluded.turns)[greatest(1, cardinality(f.turns || excluded.turns) - 999):],
    at = excluded.at
