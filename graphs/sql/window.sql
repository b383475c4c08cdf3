select seq, ask, answer from turns
where thread_id = %(thread)s and seq < %(before)s and status = 'done' order by seq desc limit %(limit)s
