-- an alert that changed several times is told once, as it is now, under its last number
select w.seq, w.what, c.*
from (
    select distinct on (h.alert_id) h.alert_id, h.seq, h.what
    from alert_changes h
    join alerts a on a.id = h.alert_id
    where h.seq > %(after)s and h.seq <= %(upto)s and (%(everyone)s or exists (
        select from taught where teacher_id = %(teacher)s and student_id = a.student_id
    ))
    order by h.alert_id, h.seq desc
) w
join alert_cards c on c.id = w.alert_id
order by w.seq
