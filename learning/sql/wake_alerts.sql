-- every watcher wakes what is due: each takes what no other is at, so that they never wait for one another
update alerts set snoozed_until = null
where id in (select id from alerts where snoozed_until <= %(now)s for update skip locked)
