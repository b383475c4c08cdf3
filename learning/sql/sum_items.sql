select item, max(kind) as kind, sum(answers)::bigint as answers, sum(correct)::bigint as "right",
       sum(firsts)::bigint as firsts, sum(firsts_right)::bigint as firsts_right, sum(hints)::bigint as hints,
       sum(failed_runs)::bigint as failed_runs
from item_days
where day >= (%(since)s::timestamptz at time zone 'UTC')::date
group by item
