update notifications set read_at = %(now)s
where user_id = %(user)s and read_at is null and (seq <= %(upto)s or seq = any(%(seqs)s))
