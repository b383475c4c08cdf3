select coalesce(sum(times), 0)::bigint as times from student_reads
where reader_id = %(reader)s and what = %(what)s and last_at > %(since)s
