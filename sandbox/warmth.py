"""Which programs want the scientific packages, and so a process that has them loaded already."""

import re
from typing import Literal

from sandbox.backend import Job

Warmth = Literal["plain", "science"]

SCIENCE = ("numpy", "sympy", "matplotlib.pyplot")
_NAMED = re.compile(rb"\b(numpy|sympy|mpmath|matplotlib|pylab)\b")


def warmth_of(job: Job) -> Warmth:
    """Programs that name a scientific package go where it is loaded already; importing it anew takes a second."""
    sources = (job.program.code.encode("utf-8", "replace"), *job.program.files.values())
    return "science" if any(_NAMED.search(source) for source in sources) else "plain"
