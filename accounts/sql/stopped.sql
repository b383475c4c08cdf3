with forgotten as (
    delete from stopped where at < clock_timestamp() - make_interval(secs => %(seconds)s)
)
select what, id, role from stopped where at >= clock_timestamp() - make_interval(secs => %(seconds)s)
