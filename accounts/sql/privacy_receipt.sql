select * from privacy_jobs
where token_hash = %(token_hash)s and kind = 'erase'
