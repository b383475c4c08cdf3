-- an alert that changed several times is told once, as it is now, under its last number
select w.seq, w.what, c.*
from (
    select distinct on (alert_id) alert_id, seq, what
    from (
        select h.alert_id, h.seq, h.what
        from alert_changes h
        join alerts a on a.id = h.alert_id
        where h.seq > %(after)s and (%(everyone)s or exists (
            select from taught where teacher_id = %(teacher)s and student_id = a.student_id
        ))
        order by h.seq
        limit 100
    ) own
    order by alert_id, seq desc
) w
join alert_cards c on c.id = w.alert_id
order by w.seq
