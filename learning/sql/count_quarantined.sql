select status, field, count(*) as attempts from quarantined_attempts group by status, field order by status, attempts desc, field
