select user_id from mail_tokens
where token_hash = %(token_hash)s and purpose = %(purpose)s and expires_at > %(now)s
