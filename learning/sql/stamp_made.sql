select count(*) as kept, count(withdrawn_at) as withdrawn, max(made_at) as newest
from made_exercises
