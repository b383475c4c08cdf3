"""Named limits for each purpose a program is run for."""

from core.ports import Policy

RUN = Policy()
"""A student presses "run": five seconds, 64 KiB of output."""

GRADE = Policy(wall_s=10.0, cpu_s=10.0)
"""All hidden tests of one exercise together; one test may use a quarter of the wall time."""

TRACE = Policy(wall_s=5.0, steps_max=1000)
"""A run watched line by line."""

TALK = Policy(wall_s=600.0, idle_s=120.0, output_bytes_max=256 * 1024)
"""A program that somebody types to: ten minutes in all, two without a byte in or out, and still five seconds of CPU."""
