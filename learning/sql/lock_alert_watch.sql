select seq from notification_watch for update skip locked
