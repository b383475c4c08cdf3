-- counted again after a day; two looks at once wait for one another at the same row
with seen as (
    insert into community_views (post_id, user_id, at) values (%(entry)s, %(user)s, %(now)s)
    on conflict (post_id, user_id) do update set at = excluded.at
        where community_views.at <= excluded.at - interval '1 day'
    returning post_id
)
update community_entries set views = views + 1 where id in (select post_id from seen)
