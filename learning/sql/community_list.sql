-- The newest first of what the reader may see, which is found before anything is asked of it.
with reach as materialized (
    select r.post_id as id from community_reach r join class_members m on m.class_id = r.class_id
    where m.user_id = %(user)s
    union select id from community_entries where depth = 0 and audience = 'school'
    union select id from community_entries where depth = 0 and author_id = %(user)s
    union select id from community_entries where depth = 0 and %(everyone)s
)
select c.*, 0::float8 as rank, m.moderates,
       exists (select from community_likes l where l.entry_id = c.id and l.user_id = %(user)s) as liked
from reach
join community_cards c on c.id = reach.id
cross join lateral (select %(everyone)s or community_moderates(c.post_id, c.author_id, %(teacher)s) as moderates) m
where (%(tag)s::text is null or c.tags @> array[%(tag)s::text])
  and (%(topic)s::text is null or c.topic = %(topic)s)
  and (%(author)s::text is null or (c.author_id = %(author)s and c.deleted_at is null))
  and (%(before_at)s::timestamptz is null or (c.created_at, c.id) < (%(before_at)s, %(before_id)s))
  and (c.hidden_at is null or m.moderates or c.author_id = %(user)s)
  and (c.deleted_at is null or c.comments > 0)
  and (not %(unanswered)s or (not c.answered and c.deleted_at is null))
order by c.created_at desc, c.id desc
limit %(limit)s
