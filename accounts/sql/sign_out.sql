update sign_ins s set revoked_at = %(now)s
from refresh_tokens t
where t.token_hash = %(token_hash)s and s.id = t.sign_in_id and s.revoked_at is null
