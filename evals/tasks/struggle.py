"""Who will go on failing at a skill, told after five tries: the alert and the mastery that a teacher sees."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from core.ports import SkillId
from evals.datasets import Case, Files
from evals.metrics import Line, Metric, average_precision, forecasts, precision_at_recall
from evals.school import Learner, Moment, School, split
from evals.school import read as read_students
from evals.task import Bench, Judge, Judged, Task
from learning.struggle import Past, detect

TRIES = 5
LENGTH_MIN = 10
RIGHT_MIN = 2 / 3
_SEED = 7
_SEVERITY = {"low": 1, "medium": 2, "high": 3}


def read(files: Files) -> Sequence[Case]:
    """The new students with at least one skill tried ten times."""
    return [case for case in split(read_students(files), _SEED)[1] if _lengths(case.row)]


def _lengths(learner: Learner) -> list[int]:
    counts: dict[str, int] = defaultdict(int)
    for answer in learner.answers:
        counts[answer.skill_id] += 1
    return [count for count in counts.values() if count >= LENGTH_MIN]


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    school = School()
    bench.on_progress(0, 1, "learning items and skills from the other students")
    known = split(read_students(bench.files), _SEED)[0]
    await asyncio.to_thread(school.learn, [case.row for case in known])

    async def judge(case: Case) -> Judged:
        return await asyncio.to_thread(_judge, case.row, school)

    yield judge


def _judge(learner: Learner, school: School) -> Judged:
    by_skill: dict[str, list[Moment]] = defaultdict(list)
    for moment in school.follow(learner):
        by_skill[moment.answer.skill_id].append(moment)
    risks, alerts, outcomes, output = [], [], [], []
    for skill, moments in by_skill.items():
        if len(moments) < LENGTH_MIN:
            continue
        rest = [moment.answer.correct for moment in moments[TRIES:]]
        struggles = int(sum(rest) / len(rest) < RIGHT_MIN)
        seen = moments[:TRIES]
        found = detect(SkillId(skill), [_past(moment) for moment in seen], open_kinds=(), resolved={})
        risks.append(round(seen[-1].stuck, 5))
        alerts.append(float(max((_SEVERITY[finding.severity] for finding in found), default=0)))
        outcomes.append(struggles)
        output.append({"skill": skill, "risk": risks[-1], "struggles": struggles, "reasons": [f.reason for f in found]})
    return {
        "scores": {}, "weight": len(outcomes), "shown": f"{len(outcomes)} skills tried {LENGTH_MIN} times or more",
        "risk": [risks, outcomes], "alert": [alerts, outcomes], "output": output,
    }  # fmt: skip


def _past(moment: Moment) -> Past:
    return Past(
        at=moment.at, kind="exercise", item=moment.answer.item_id, correct=bool(moment.answer.correct), error="", hints=0, level=moment.after,
        stuck=moment.stuck,
    )  # fmt: skip


def _whole(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if "risk" in line]


def _precision_at_half(lines: Sequence[Line]) -> float | None:
    found = _whole(lines)
    return precision_at_recall(*forecasts(found, "risk"), 0.5) if found else None


def _average_precision(lines: Sequence[Line]) -> float | None:
    found = _whole(lines)
    return average_precision(*forecasts(found, "risk")) if found else None


def _alert_precision(lines: Sequence[Line]) -> float | None:
    scores, outcomes = forecasts(_whole(lines), "alert")
    raised = scores > 0
    return float(outcomes[raised].mean()) if raised.any() else None


def _alert_recall(lines: Sequence[Line]) -> float | None:
    scores, outcomes = forecasts(_whole(lines), "alert")
    return float((scores[outcomes == 1] > 0).mean()) if outcomes.any() else None


def _struggling(lines: Sequence[Line]) -> float | None:
    _, outcomes = forecasts(_whole(lines), "risk")
    return float(outcomes.mean()) if len(outcomes) else None


TASK = Task(
    name="struggle",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    metrics=(
        Metric(
            name="precision_at_recall_50",
            meaning="ranked by the risk foreseen after five tries: precision where half of those who struggle are found; who struggles "
            "gets fewer than two thirds of the answers after the fifth right (skills tried ten times or more)",
            of=_precision_at_half,
        ),
        Metric(
            name="average_precision",
            meaning="mean precision over the ranks of those who struggle",
            of=_average_precision,
        ),
        Metric(
            name="alert_precision", meaning="students alerted after five tries who do struggle", of=_alert_precision
        ),
        Metric(
            name="alert_recall", meaning="students who struggle and were alerted after five tries", of=_alert_recall
        ),
        Metric(name="struggling", meaning="share of student and skill pairs that struggle", of=_struggling),
    ),
)
