"""Which suspicious place in a program fits what the student says of it."""

import re
from collections.abc import Sequence

from tools._slip import Slip

_FITS = tuple(
    (re.compile(pattern, re.IGNORECASE), frozenset(names.split()))
    for pattern, names in (
        (r"\bnone\b", "none-used value-forgotten none-stored no-return some-ways"),
        (r"\bcop(?:y|ies|ied)\b|\bboth\b|\btoo\b|\balso\b|\bwhole\b|\bcolumn|\brows?\b|\bold\b|\boriginal\b", "two-names same-row mutable-default"),
        (r"for ?ever|never (?:stops?|ends?)|infinite|endless|\bkeeps?\b|\bhangs?\b|freez|froze|stuck|respond|again and again", "endless-loop gone-past nearly-equal deaf-window input-is-text text-and-number"),
        (r"\bstays?\b|\bstill\b|\bnothing\b|not? chang|does ?n[o'’]?t (?:work|change|do)|\bsame\b|\balways\b", "result-unused result-dropped own-variable sum-dropped not-called never-held never-reached"),
        (r"weird|strange|\bobject\b|\bmethod\b|<", "not-called"),
        (r"straight ?away|immediately|at once|right away|instantly|without (?:me )?(?:click|press)|before", "called-at-once"),
        (r"\bonce\b|\bmany\b|\blots\b|\btoo (?:often|much)\b|(?:several|\d+|few) times|every (?:time|round)|each time|again and again|repeat", "printed-each-round"),
        (r"\blast\b|\bonly\b", "begun-anew return-in-loop never-reached"),
        (r"\bskip|\bmiss|\bnot all\b|does ?n[o'’]?t remove", "changed-while-iterating"),
    )
)  # fmt: skip


def complained(slips: Sequence[Slip], words: str) -> list[Slip]:
    """Those that the words complain of, and no others."""
    fitting = [names for pattern, names in _FITS if pattern.search(words)]
    return [slip for slip in slips if any(slip.name in names for names in fitting)]


def by_symptom(slips: Sequence[Slip], words: str) -> list[Slip]:
    """Those that explain what is complained of come first; otherwise in the order of the program."""
    fitting = [names for pattern, names in _FITS if pattern.search(words)]
    return sorted(slips, key=lambda slip: -sum(slip.name in names for names in fitting))
