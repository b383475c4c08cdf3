insert into progress (student_id, skill, mean, variance, spread, level, attempts, correct, at, trail)
select %(student)s, s.skill, s.mean, s.variance, s.spread, s.level, s.attempts, s.correct, s.at, s.trail
from jsonb_to_recordset(%(states)s) as s (
    skill text, mean double precision, variance double precision, spread double precision, level double precision,
    attempts integer, correct integer, at timestamptz, trail double precision[]
)
on conflict (student_id, skill) do update
set mean = excluded.mean, variance = excluded.variance, spread = excluded.spread, level = excluded.level,
    attempts = excluded.attempts, correct = excluded.correct, at = excluded.at, trail = excluded.trail
