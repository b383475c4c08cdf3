select f.turn_id as id, f.helped, f.words
from feedback f join turns t on t.id = f.turn_id
where f.verdict = %(verdict)s and f.changed_at >= %(since)s and t.status = 'done' and t.ask->>'teacher' is null
order by f.changed_at, f.turn_id
limit %(limit)s
