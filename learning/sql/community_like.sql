insert into community_likes (entry_id, user_id, at) values (%(entry)s, %(user)s, %(now)s) on conflict do nothing
