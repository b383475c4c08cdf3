select * from alert_cards where id = %(alert)s
