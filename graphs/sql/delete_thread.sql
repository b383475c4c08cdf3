with gone as (
    delete from threads where id = %(thread)s and student_id = %(student)s returning id
)
select gone.id, array(select turns.id from turns where turns.thread_id = gone.id) as turns from gone
