insert into checkpoints (thread_id, ns, fence, checkpoint_id, kind, body)
values (%(thread)s, %(ns)s, %(fence)s, %(checkpoint)s, %(kind)s, %(body)s)
on conflict (thread_id, ns) do update set
    fence = excluded.fence, checkpoint_id = excluded.checkpoint_id,
    kind = excluded.kind, body = excluded.body, writes = '{}'
where checkpoints.fence <= excluded.fence
