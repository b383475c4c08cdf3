with made as (
    insert into community_entries (id, post_id, depth, author_id, title, body, tags, topic, audience, created_at)
    values (%(entry)s, %(entry)s, 0, %(user)s, %(title)s, %(body)s, %(tags)s, %(topic)s, %(audience)s, %(now)s)
    returning id
)
insert into community_reach (post_id, class_id)
select made.id, m.class_id from made, class_members m where m.user_id = %(user)s
