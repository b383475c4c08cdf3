select step, skipped from onboarding where user_id = %(user)s
