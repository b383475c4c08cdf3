"""Tests that hold whenever somebody looks, and however often: always-valid intervals and p-values, pure.

Looking at an ordinary test after every student, and stopping at the first p below 0.05, finds a difference between two equal
variants sooner or later. What is here bounds the chance of that over all looks together.

- Means: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Time-uniform central limit
  theory and asymptotic confidence sequences, Annals of Statistics 2024, eq. 2.2), Robbins' normal mixture; its dual is the p of
  the mixture sequential probability ratio test (Johari, Koomen, Pekelis and Walsh 2022).
- Difference of two variants: the same over augmented inverse-probability-weighted scores, whose running means look only back
  (same paper, section 3), so that chances may change while it runs.
- Shares of the variants: the Dirichlet-multinomial mixture test of Lindon and Malek (2022).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

STUDENTS_MIN = 20
"""Of each variant before anything is claimed: the sequence is asymptotic, and a few students are no asymptote."""
_FOREIGN = 100.0  # weight of the null's shares in the mixture that they are tested against


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`low` and `high` hold at every look together, with probability 1 - alpha; `p` is the smallest seen so far."""

    n: int
    effect: float
    low: float
    high: float
    p: float


class MeanSequence:
    """The mean of values that come one by one. `students_planned` is where the interval is to be narrowest. `spread` is the
    standard deviation that one value more, made up, stands for: without it a row of equal values would look certain. Of what
    is rare, `low` holds from STUDENTS_MIN on, while `high` needs some tens of times that it happened."""

    def __init__(self, *, alpha: float, students_planned: int, spread: float = 0.5, nothing: float = 0.0) -> None:
        self._alpha, self._nothing, self._spread = alpha, nothing, spread
        wide = -2 * math.log(alpha)
        self._rho2 = (wide + math.log(wide + 1)) / students_planned
        self._n, self._mean, self._squares, self._p = 0, 0.0, 0.0, 1.0

    def add(self, value: float) -> None:
        self._n += 1
        gap = value - self._mean
        self._mean += gap / self._n
        self._squares += gap * (value - self._mean)

    def look(self, variance_min: float = 0.0) -> Verdict:
        """Where it stands now; looking is free."""
        n, sd = self._n, math.sqrt(max(self._variance(), variance_min))
        if not n:
            return Verdict(n=0, effect=0.0, low=-math.inf, high=math.inf, p=1.0)
        grown = n * self._rho2 + 1
        half = sd * math.sqrt(2 * grown / (n * n * self._rho2) * math.log(math.sqrt(grown) / self._alpha))
        away = n * (self._mean - self._nothing) / sd
        self._p = min(self._p, math.sqrt(grown) * math.exp(-self._rho2 * away * away / (2 * grown)))
        return Verdict(n=n, effect=self._mean, low=self._mean - half, high=self._mean + half, p=self._p)

    def _variance(self) -> float:
        return (self._squares + self._spread**2) / max(1, self._n)


class DifferenceSequence:
    """How much higher a share in [0, 1] is with a variant than with control, student by student in the order in which
    their values were settled."""

    def __init__(self, *, alpha: float, students_planned: int) -> None:
        self._scores = MeanSequence(alpha=alpha, students_planned=students_planned, spread=1.0)
        self._all, self._squares, self._weight = 0.0, 0.0, 0.0
        self._sums, self._counts = [0.0, 0.0], [0, 0]

    def add(self, value: float, *, treated: bool, chance: float) -> None:
        """`chance` is that with which this student came to the variant rather than to control."""
        control, variant = (self._before(arm) for arm in (0, 1))
        share = 1 / chance if treated else -1 / (1 - chance)
        self._scores.add(variant - control + share * (value - (variant if treated else control)))
        self._all, self._squares = self._all + value, self._squares + value * value
        self._weight += 1 / (chance * (1 - chance))
        self._sums[treated] += value
        self._counts[treated] += 1

    def look(self) -> Verdict:
        """Says nothing before both have STUDENTS_MIN."""
        if min(self._counts) < STUDENTS_MIN:
            return Verdict(n=sum(self._counts), effect=self.effect, low=-1.0, high=1.0, p=1.0)
        found = self._scores.look(self._variance_if_equal())
        return Verdict(n=found.n, effect=self.effect, low=max(-1.0, found.low), high=min(1.0, found.high), p=found.p)

    def _variance_if_equal(self) -> float:
        """Of a score, were the variants alike. A small variant in which something rare has not happened yet looks surer than
        it is, and its own variance would raise one false alarm in six."""
        n = sum(self._counts)
        return (self._squares / n - (self._all / n) ** 2) * self._weight / n

    @property
    def effect(self) -> float:
        """The difference of the two means."""
        means = [total / count if count else 0.0 for total, count in zip(self._sums, self._counts, strict=True)]
        return means[1] - means[0]

    def _before(self, arm: int) -> float:
        return self._sums[arm] / self._counts[arm] if self._counts[arm] else 0.5


class ShareSequence:
    """Whether students come to the variants in the shares that they should: when they do not, something loses students on
    one side, and no figure of the experiment means what it seems to."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {}
        self._chances: dict[str, Mapping[str, float]] = {}
        self._logs: dict[str, float] = {}
        self._p = 1.0

    def add(self, variant: str, design: str, chances: Mapping[str, float]) -> None:
        """Students under another design are counted apart: the products of such tests are tests as well."""
        counts = self._counts.setdefault(design, dict.fromkeys(chances, 0))
        seen, chance = sum(counts.values()), chances[variant]
        step = (_FOREIGN * chance + counts[variant]) / (_FOREIGN + seen)
        self._logs[design] = self._logs.get(design, 0.0) + math.log(step / chance)
        self._chances[design] = chances
        counts[variant] += 1
        self._p = min(self._p, math.exp(-max(0.0, sum(self._logs.values()))))

    @property
    def p(self) -> float:
        return self._p
