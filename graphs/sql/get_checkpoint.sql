select checkpoint_id, kind, body, writes from checkpoints
where thread_id = %(thread)s and ns = %(ns)s and body is not null
