update checkpoints set writes = writes || %(writes)s::bytea[]
where thread_id = %(thread)s and ns = %(ns)s and checkpoint_id = %(checkpoint)s and fence <= %(fence)s
