select c.*, m.moderates,
       exists (select from community_likes l where l.entry_id = c.id and l.user_id = %(user)s) as liked
from community_cards c
cross join lateral (select %(everyone)s or community_moderates(c.post_id, c.author_id, %(teacher)s) as moderates) m
where c.id = %(entry)s
  and (%(everyone)s or community_sees(c.post_id, c.audience, c.post_author, %(user)s))
  and (c.post_hidden_at is null or m.moderates or c.post_author = %(user)s)
