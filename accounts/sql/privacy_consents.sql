select purpose, version, given, by_whom, at from consents where user_id = %(user)s order by id
