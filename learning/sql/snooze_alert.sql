update alerts set snoozed_until = %(until)s where id = %(alert)s returning id
