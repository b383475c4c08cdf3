"""What an experiment has shown so far: effects a student, with intervals and p-values that hold however often one looks."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from core.db import Pool, connection, sql
from core.errors import Invalid
from evals.metrics import Line
from evals.statistics import interval
from learning.trials.definition import CONTROL, HIGHER_IS_BETTER, MEANINGS, Experiment, read_design
from learning.trials.guarding import compared
from learning.trials.outcomes import Outcome, read_outcomes
from learning.trials.sequential import STUDENTS_MIN, DifferenceSequence, ShareSequence, Verdict

SHARES_ALPHA = 0.001
"""A mismatch of shares spoils everything else, so it is claimed only when it is sure (Fabijan et al. 2019)."""
Analysis = dict[str, Any]


def find_experiment(wanted: Sequence[Experiment], name: str) -> Experiment:
    """Raises Invalid."""
    for one in wanted:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in wanted) or "none: LEARNFLOW_EXPERIMENTS__FILE names the file"
    raise Invalid(f"there is no experiment {name!r}; there are: {known}")


async def analyse(pool: Pool, experiment: Experiment, now: datetime) -> Analysis:
    """Everything about an experiment as JSON. Only students whose window has closed count, before a stop if there was one."""
    async with connection(pool) as conn:
        met = await (await conn.execute(sql("learning/count_exposures"), {"experiment": experiment.name})).fetchall()
        stops = await (await conn.execute(sql("learning/list_stops"))).fetchall()
    stop = next((row for row in stops if row["experiment"] == experiment.name), None)
    until = min(now, stop["at"]) if stop else now
    outcomes = await read_outcomes(pool, experiment.name, window_hours=experiment.window_hours, until=until)
    students = Counter(row["student_id"] for row in met)
    return {
        "name": experiment.name, "about": experiment.about, "alpha": experiment.alpha,
        "state": f"stopped: {stop['reason']}" if stop else "running",
        "exposed": dict(Counter(row["variant"] for row in met)),
        "in_two_variants": sum(count > 1 for count in students.values()),
        "settled": dict(Counter(outcome.variant for outcome in outcomes)),
        "shares": _shares([row for row in met if students[row["student_id"]] == 1]),
        "metrics": {name: _metric(experiment, name, outcomes) for name in experiment.metrics},
    }  # fmt: skip


def _shares(met: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Whether students came to the variants as they were meant to, student by student."""
    sequence = ShareSequence()
    for row in met:
        chances = read_design(row["design"])
        if row["variant"] in chances:
            sequence.add(row["variant"], row["design"], chances)
    return {"p": round(sequence.p, 6), "mismatch": sequence.p < SHARES_ALPHA}


def _metric(experiment: Experiment, metric: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    control = [outcome.values[metric] for outcome in outcomes if outcome.variant == CONTROL]
    return {
        "meaning": MEANINGS[metric],
        "better": "higher" if metric in HIGHER_IS_BETTER else "lower",
        "primary": metric == experiment.metrics[0],
        "control": round(sum(control) / len(control), 6) if control else None,
        "variants": {name: _variant(experiment, metric, name, outcomes) for name in experiment.variants},
    }


def _variant(experiment: Experiment, metric: str, variant: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """`interval` and `p` hold at every look; `bootstrap` is the ordinary interval, for who looks only once."""
    variants = len(experiment.variants)
    pairs = [*compared(outcomes, variant)]
    sequence = DifferenceSequence(alpha=experiment.alpha / variants, students_planned=experiment.students_planned)
    found = sequence.look()
    for outcome, chance in pairs:
        sequence.add(outcome.values[metric], treated=outcome.variant == variant, chance=chance)
        found = sequence.look()
    lines: list[Line] = [{"value": o.values[metric], "treated": o.variant == variant} for o, _ in pairs]
    own = [line["value"] for line in lines if line["treated"]]
    ordinary = interval(lines, _difference) if own else None
    return {
        "n": len(own), "mean": round(sum(own) / len(own), 6) if own else None, "effect": round(found.effect, 6),
        "interval": [round(found.low, 6), round(found.high, 6)], "p": round(min(1.0, found.p * variants), 6),
        "bootstrap": [round(bound, 6) for bound in ordinary] if ordinary else None,
        "effect_size": round(_cohen(lines), 4),
        "verdict": _verdict(found, metric, lines, experiment.alpha / variants),
    }  # fmt: skip


def _difference(lines: Sequence[Line]) -> float | None:
    sides = [[line["value"] for line in lines if line["treated"] is side] for side in (False, True)]
    return sum(sides[1]) / len(sides[1]) - sum(sides[0]) / len(sides[0]) if all(sides) else None


def _cohen(lines: Sequence[Line]) -> float:
    """Cohen's d of two groups: the difference of means by the pooled standard deviation; 0 where nothing varies."""
    sides = [np.asarray([line["value"] for line in lines if line["treated"] is side], float) for side in (False, True)]
    if min(len(side) for side in sides) < 2:
        return 0.0
    pooled = math.sqrt(float(sum(side.var(ddof=1) * (len(side) - 1) for side in sides)) / (len(lines) - 2))
    return float(sides[1].mean() - sides[0].mean()) / pooled if pooled else 0.0


def _verdict(found: Verdict, metric: str, lines: Sequence[Line], alpha: float) -> str:
    treated = sum(line["treated"] for line in lines)
    if min(treated, len(lines) - treated) < STUDENTS_MIN:
        return f"too few students: {STUDENTS_MIN} on each side are needed"
    if found.p > alpha or found.low <= 0 <= found.high:
        return "no clear difference"
    return "better" if (found.effect > 0) == (metric in HIGHER_IS_BETTER) else "worse"


def as_markdown(found: Analysis) -> str:
    """For people: what state it is in, whether its figures can be trusted, and the figures."""
    exposed = ", ".join(f"{name} {count}" for name, count in sorted(found["exposed"].items())) or "nobody yet"
    lines = [f"# {found['name']}", "", found["about"], "", f"- state: {found['state']}", f"- exposed: {exposed}"]
    lines += [f"- settled: {', '.join(f'{n} {c}' for n, c in sorted(found['settled'].items())) or 'nobody yet'}"]
    if found["in_two_variants"]:
        lines.append(f"- left out: {found['in_two_variants']} students who met two variants")
    if found["shares"]["mismatch"]:
        lines.append(f"- **students do not come to the variants as they should (p {found['shares']['p']:.2g}): believe no figure below**")  # fmt: skip
    lines += ["", "| metric | variant | control | mean | effect | at any look | p | d | |", "|---|---|---:|---:|---:|---|---:|---:|---|"]  # fmt: skip
    for name, row in found["metrics"].items():
        title = f"**{name}**" if row["primary"] else name
        lines += [_row(title, row["control"], variant, one) for variant, one in row["variants"].items()]
    return "\n".join(lines) + "\n"


def _row(title: str, control: float | None, variant: str, one: Mapping[str, Any]) -> str:
    shown = [f"{value:.3f}" if value is not None else "" for value in (control, one["mean"])]
    low, high = one["interval"]
    cells = [title, variant, *shown, f"{one['effect']:+.3f}", f"{low:+.3f} to {high:+.3f}", _chance(one["p"]), f"{one['effect_size']:+.2f}", one["verdict"]]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _chance(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "<0.001"
