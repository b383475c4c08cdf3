update alerts set snoozed_until = null where snoozed_until <= %(now)s
