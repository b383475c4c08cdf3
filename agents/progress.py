"""Writes down what the turn showed: attempts once for ever, words of distress as an alert, and what to remember."""

from typing import Any

from langgraph.runtime import Runtime

from agents.spec import Spec
from agents.turn import Context, Evidence, Turn
from core import events
from core.errors import DatabaseUnavailable, Invalid
from core.ports import Achievement, MasteryChange, Recorded
from tools.record_attempt import record_attempt

NAME = "progress"


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, found = runtime.context, state.get("evidence", [])
    changes: list[MasteryChange] = []
    earned: list[Achievement] = []
    problems: list[str] = []
    try:
        for recorded in await _record(found, context, problems):
            changes += recorded.changes
            earned += recorded.achievements
    except DatabaseUnavailable:
        problems.append("I could not write this attempt into your records.")
    try:
        await _raise_alerts(found, context)
        await context.memories.reflect(context.student, context.turn, _facts(state))
    except DatabaseUnavailable:
        problems.append("I could not keep what this turn showed.")
    for change in changes:
        context.say(events.mastery(skill=change.skill, before=change.before, after=change.after))
    for one in earned:
        context.say(events.achievement(**_told(one)))
    return _update(state, changes, earned, problems)


SPEC = Spec(name=NAME, doing="Noting what you have learnt", node=node, stage="after", order=90)


async def _record(found: list[Evidence], context: Context, problems: list[str]) -> list[Recorded]:
    """The key is made of the turn and the attempt's place in it: a turn that is taken up again counts nothing twice. An
    attempt that is off is quarantined and the others count."""
    attempts = [attempt for one in found for attempt in one.get("attempts", [])]
    kept = []
    for n, attempt in enumerate(attempts):
        try:
            kept.append(
                await record_attempt(
                    context.records, context.student, attempt, key=f"{context.turn}:{n}", at=context.clock.now(),
                    version=context.course.version,
                )
            )  # fmt: skip
        except Invalid:
            problems.append("I could not count this attempt; it is kept for a closer look.")
    return kept


async def _raise_alerts(found: list[Evidence], context: Context) -> None:
    for n, alert in enumerate(one["alert"] for one in found if "alert" in one):
        await context.records.raise_alert(
            context.student, key=f"{context.turn}:alert:{n}", kind=alert["kind"], severity=alert["severity"],
            reason=alert["reason"], advice=alert["advice"], evidence=alert.get("evidence"),
        )  # fmt: skip


def _facts(state: Turn) -> dict[str, Any]:
    """What a turn taught about the student, without the reply's words."""
    found, desk = state.get("evidence", []), state.get("desk", {})
    attempts = [attempt for one in found for attempt in one.get("attempts", [])]
    return {
        "message": state["ask"]["message"],
        "intents": [one["intent"] for one in found],
        "topic": desk.get("topic"),
        "exercise": next((one["exercise"] for one in found if "exercise" in one), None),
        "solved": [attempt["item"] for attempt in attempts if attempt.get("correct")],
        "misconceptions": _misconceptions(found, attempts),
    }


def _misconceptions(found: list[Evidence], attempts: list[dict[str, Any]]) -> list[str]:
    named = [str(one["facts"].get(key) or "") for one in found for key in ("concept", "slip")]
    named += [str(attempt.get("detail", {}).get(key) or "") for attempt in attempts for key in ("concept", "fault")]
    return list(dict.fromkeys(name for name in named if name))


def _told(earned: Achievement) -> dict[str, str]:
    return {"kind": earned.kind, "about": earned.about, "title": earned.title, "words": earned.words}


def _update(state: Turn, changes: list[MasteryChange], earned: list[Achievement], problems: list[str]) -> Turn:
    if "answer" not in state:
        return {"problems": [*state.get("problems", []), *problems]} if problems else {}
    answer = state["answer"]
    mastery = [{"skill": c.skill, "before": round(c.before, 4), "after": round(c.after, 4)} for c in changes]
    answer = {**answer, "mastery": mastery, "problems": [*answer["problems"], *problems]}
    return {"answer": {**answer, "achievements": [_told(one) for one in earned]} if earned else answer}
