select is_limited(%(user)s, %(now)s) as limited
