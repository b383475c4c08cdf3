delete from security_events where at < %(until)s
