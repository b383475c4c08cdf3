-- what nobody renews any more; too old ones go: their reader has asked again, or has given up
with old as (
    delete from letters_waiting where created_at < %(oldest)s
), orphaned as (
    select id from letters_waiting where lease_until < %(now)s and created_at >= %(oldest)s
    order by created_at limit 100 for update skip locked
)
update letters_waiting l set lease_until = %(lease_until)s from orphaned o where l.id = o.id
returning l.id, l.kind, l.recipient, l.facts
