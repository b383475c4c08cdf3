-- in the order in which they were written; of a post that who asks may see
select c.*, m.moderates,
       exists (select from community_likes l where l.entry_id = c.id and l.user_id = %(user)s) as liked
from community_cards c
cross join lateral (select %(everyone)s or community_moderates(c.post_id, c.author_id, %(teacher)s) as moderates) m
where c.post_id = %(post)s and c.depth > 0
  and (%(after_at)s::timestamptz is null or (c.created_at, c.id) > (%(after_at)s, %(after_id)s))
order by c.created_at, c.id
limit %(limit)s
