-- What fits best first; the rank is rounded, so that a cursor can carry it. What the reader may see is found before it is
-- ranked: a common word stands in every class.
with reach as materialized (
    select r.post_id as id from community_reach r join class_members m on m.class_id = r.class_id
    where m.user_id = %(user)s
    union select id from community_entries where depth = 0 and audience = 'school'
    union select id from community_entries where depth = 0 and author_id = %(user)s
    union select id from community_entries where depth = 0 and %(everyone)s
)
select c.*, k.rank, m.moderates,
       exists (select from community_likes l where l.entry_id = c.id and l.user_id = %(user)s) as liked
from reach
join community_cards c on c.id = reach.id
cross join lateral (
    select round(ts_rank(c.words, websearch_to_tsquery('english', %(q)s))::numeric, 6)::float8 as rank) k
cross join lateral (select %(everyone)s or community_moderates(c.post_id, c.author_id, %(teacher)s) as moderates) m
where c.words @@ websearch_to_tsquery('english', %(q)s)
  and (%(tag)s::text is null or c.tags @> array[%(tag)s::text])
  and (%(topic)s::text is null or c.topic = %(topic)s)
  and (%(author)s::text is null or (c.author_id = %(author)s and c.deleted_at is null))
  and (c.hidden_at is null or m.moderates or c.author_id = %(user)s)
  and (not %(unanswered)s or not c.answered)
  and (%(before_at)s::timestamptz is null
       or (k.rank, c.created_at, c.id) < (%(before_rank)s, %(before_at)s, %(before_id)s))
order by k.rank desc, c.created_at desc, c.id desc
limit %(limit)s
