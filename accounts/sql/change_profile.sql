-- each part is null where it stays as it was; what a part holds is merged, and a null inside takes away
insert into profiles as p (user_id, goals, pace, language, accessibility, academic, updated_at)
select id, coalesce(%(goals)s::text[], '{}'), nullif(%(pace)s::text, ''), nullif(%(language)s::text, ''),
    jsonb_strip_nulls(coalesce(%(accessibility)s::jsonb, '{}')), jsonb_strip_nulls(coalesce(%(academic)s::jsonb, '{}')), %(now)s
from users where id = %(user)s
on conflict (user_id) do update set
    goals = coalesce(%(goals)s::text[], p.goals),
    pace = nullif(coalesce(%(pace)s::text, p.pace), ''),
    language = nullif(coalesce(%(language)s::text, p.language), ''),
    accessibility = jsonb_strip_nulls(p.accessibility || coalesce(%(accessibility)s::jsonb, '{}')),
    academic = jsonb_strip_nulls(p.academic || coalesce(%(academic)s::jsonb, '{}')),
    updated_at = %(now)s
returning goals, pace, language, accessibility, academic
