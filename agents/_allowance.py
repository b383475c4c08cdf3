"""What becomes of a plan of work when the student's own plan allows no more today: what is free is done, the rest waits."""

from collections.abc import Sequence

from agents._evidence import desk_of, evidence, prose, step
from agents.turn import AskState, Context, Evidence, PassageState, PlannedStep, Turn
from core.errors import Unavailable
from core.log import logger
from core.ports import Allowance
from tools.entitlement import take_turn

_log = logger("agents")

ALLOWANCE = "allowance"
FREE = frozenset({"kindness", "progress_report", "grading"})
"""Agents that cost little and must not be missed: work that is handed in is always marked, and kindness has no limit."""
_PASSAGES_MAX = 3


async def within(plan: list[PlannedStep], ask: AskState, state: Turn, context: Context) -> Turn:
    """The plan as far as it is allowed, and in place of the rest a kind word that says when there is more. In distress
    nobody is counted."""
    if all(one["agent"] in FREE for one in plan) or any(one["intent"] == "distress" for one in plan):
        return {"plan": plan}
    try:
        allowance = await take_turn(context.entitlements, context.student, context.turn)
    except Unavailable as error:  # a student is not sent away because we cannot count
        _log.warning("agents.not_counted", turn=context.turn, failure=error)
        return {"plan": plan}
    if allowance.allowed:
        return {"plan": plan}
    kept = [one for one in plan if one["agent"] in FREE]
    waits = [one for one in plan if one["agent"] not in FREE]
    told = _told(allowance, waits[0], ask, state.get("passages", []))
    update: Turn = {"plan": [step(ALLOWANCE, "account", ""), *kept], "evidence": [told]}
    if offer := told.get("offer"):
        desk = desk_of(state)
        desk["last"], desk["asked"], desk["offer"] = desk.get("last") or ALLOWANCE, None, offer
        update["desk"] = desk
    return update


def _told(allowance: Allowance, waits: PlannedStep, ask: AskState, passages: Sequence[PassageState]) -> Evidence:
    blocks = [prose(allowance.message, checked="record")]
    titles = list(dict.fromkeys(f"{found['title']}: {found['heading']}" for found in passages))[:_PASSAGES_MAX]
    if titles:
        listed = "\n".join(f"- {title}" for title in titles)
        blocks.append(prose(f"The lessons are open all day. These come nearest to what you asked:\n\n{listed}"))
    blocks.append(prose("Work that you hand in is marked as always."))
    found = evidence(ALLOWANCE, "account", blocks, facts={"plan": allowance.plan, "limit": allowance.limit})
    if not ask["code"] and not ask["error"]:  # these would be gone by then
        found["offer"] = waits
        found["draft"].append(prose("Your question is kept: say “yes” here when the new day has begun."))
    return found
