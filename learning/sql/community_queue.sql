-- what waits longest first
select c.*, g.reports, g.reasons, g.said, g.first_at, g.outcome, true as moderates,
       exists (select from community_likes l where l.entry_id = c.id and l.user_id = %(user)s) as liked
from (
    select entry_id, count(*) as reports, array_agg(distinct reason order by reason) as reasons,
           (array_agg(words order by at) filter (where words <> ''))[:20] as said, min(at) as first_at,
           max(outcome) as outcome
    from community_reports
    where (settled_at is not null) = %(settled)s
    group by entry_id
) g
join community_cards c on c.id = g.entry_id
where (%(everyone)s or community_moderates(c.post_id, c.author_id, %(teacher)s))
  and (%(after_at)s::timestamptz is null or (g.first_at, c.id) > (%(after_at)s, %(after_id)s))
order by g.first_at, c.id
limit %(limit)s
