-- Threads in which turns wait and none runs: their last runner died between finishing one and claiming the next.
select id from threads where waiting > 0 and active_turn is null limit %(limit)s
