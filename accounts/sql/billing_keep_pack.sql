with before as (
    select id, paid_at is not null and revoked_at is null as good from billing_packs where id = %(id)s for update
), kept as (
    update billing_packs p set
        asked = %(asked)s,
        paid_at = case when %(paid)s then coalesce(p.paid_at, %(now)s) else p.paid_at end,
        revoked_at = case when %(refunded)s then coalesce(p.revoked_at, %(now)s) end
    from before b
    where p.id = b.id and p.asked < %(asked)s
    returning p.id, p.user_id, p.pack, p.meter, p.units, p.paid_at is not null and p.revoked_at is null as good, b.good as was
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, case when good then 'billing.pack' else 'billing.pack_refunded' end, 'stripe', user_id,
        jsonb_build_object('payment', id, 'pack', pack, 'meter', meter, 'units', units)::text
    from kept where good is distinct from was
)
select id from kept
