select seq, hash from audit_head
