-- Who writes below a post, or changes anything in it, waits here for who does so now.
select id from community_entries
where id = (select post_id from community_entries where id = %(entry)s) for update
