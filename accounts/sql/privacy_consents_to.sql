select consents_to(%(user)s, %(purpose)s, %(assumed)s) as found
