update identities set role = %(said)s where issuer = %(issuer)s and subject = %(subject)s
