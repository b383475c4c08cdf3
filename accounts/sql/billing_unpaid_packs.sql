select id from billing_packs where paid_at is null and at > %(since)s order by id
