select outcome, used, extra
from take_usage(
    %(student)s, %(meter)s, %(amount)s, %(key)s, %(now)s, %(since)s, %(until)s, %(limit)s::bigint
)
