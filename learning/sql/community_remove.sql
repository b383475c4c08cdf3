-- Nothing stands below it: it goes altogether.
delete from community_entries e
where id = %(entry)s and not exists (select from community_entries c where c.reply_to = e.id)
