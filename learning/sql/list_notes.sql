select n.id, n.author_id as author, u.name as author_name, n.words, n.at
from alert_notes n
left join users u on u.id = n.author_id
where n.alert_id = %(alert)s
order by n.id
limit 500
