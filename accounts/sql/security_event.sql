-- `told`: whether letters go out, which they do not again within the cool-down
insert into security_events (at, kind, person, place, facts, told)
select %(now)s, %(kind)s, %(person)s, %(place)s, %(facts)s, not exists (
    select from security_events where kind = %(kind)s and told and at > %(quiet_since)s
)
returning told
