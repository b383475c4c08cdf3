"""Named limits for each purpose a program is run for."""

from core.ports import Policy

RUN = Policy()
"""A student presses "run": five seconds, 64 KiB of output."""

GRADE = Policy(wall_s=10.0, cpu_s=10.0)
"""All hidden tests of one exercise together; one test may use a quarter of the wall time."""

TRACE = Policy(wall_s=5.0, steps_max=1000)
"""A run watched line by line."""
