"""Whether a variant breaks a bound, so surely that chance is no excuse however often one looks; pure."""

from collections.abc import Iterator, Sequence

from learning.trials.definition import CONTROL, HIGHER_IS_BETTER, Experiment, Guard, read_design
from learning.trials.outcomes import Outcome
from learning.trials.sequential import STUDENTS_MIN, DifferenceSequence, MeanSequence

_SLOW = 0.05  # a p95 above a bound is a twentieth of the turns above it


def broken(experiment: Experiment, outcomes: Sequence[Outcome], window_hours: float) -> str | None:
    """Why the experiment has to stop, as a sentence; None while it may go on. Only guards of this window are looked at. All
    guards on all variants together are wrong with probability `alpha` at most."""
    alpha = experiment.alpha / (len(experiment.guards) * len(experiment.variants))
    for guard in experiment.guards:
        if guard.window_hours == window_hours:
            for variant in experiment.variants:
                if reason := _breaks(guard, variant, outcomes, alpha, experiment.students_planned):
                    return reason
    return None


def _breaks(guard: Guard, variant: str, outcomes: Sequence[Outcome], alpha: float, planned: int) -> str | None:
    if guard.at_most is not None:
        return _above(guard, guard.at_most, variant, outcomes, alpha, planned)
    assert guard.worse_by is not None
    return _worse(guard, guard.worse_by, variant, outcomes, alpha, planned)


def _above(
    guard: Guard, at_most: float, variant: str, outcomes: Sequence[Outcome], alpha: float, planned: int
) -> str | None:
    slow = guard.metric == "latency_p95_s"
    bound = _SLOW if slow else at_most
    # both sides are covered, one is asked for: twice the level
    sequence = MeanSequence(alpha=min(0.5, 2 * alpha), students_planned=planned)
    for outcome in outcomes:
        if outcome.variant == variant:
            sequence.add(outcome.slower_than(at_most) if slow else outcome.values[guard.metric])
    found = sequence.look()
    if found.n < STUDENTS_MIN or found.low <= bound:
        return None
    if slow:
        return f"{variant}: {found.effect:.1%} of turns take more than {at_most:g} s (over {found.n} students)"
    return f"{variant}: {guard.metric} is {found.effect:.3f}, above {at_most:g} (at least {found.low:.3f}, {found.n} students)"


def _worse(
    guard: Guard, worse_by: float, variant: str, outcomes: Sequence[Outcome], alpha: float, planned: int
) -> str | None:
    sequence = DifferenceSequence(alpha=min(0.5, 2 * alpha), students_planned=planned)
    for outcome, chance in compared(outcomes, variant):
        value = outcome.values[guard.metric]
        worse = 1 - value if guard.metric in HIGHER_IS_BETTER else value
        sequence.add(worse, treated=outcome.variant == variant, chance=chance)
    found = sequence.look()
    if found.low <= worse_by:
        return None
    return f"{variant}: {guard.metric} is worse than control by {found.effect:.3f} (at least {found.low:.3f}, allowed {worse_by:g}, {found.n} students)"


def compared(outcomes: Sequence[Outcome], variant: str) -> Iterator[tuple[Outcome, float]]:
    """Those of the variant and of control, each with the chance of the variant among the two when the student came."""
    for outcome in outcomes:
        chances = read_design(outcome.design)
        if outcome.variant in (variant, CONTROL) and variant in chances and CONTROL in chances:
            yield outcome, chances[variant] / (chances[variant] + chances[CONTROL])
