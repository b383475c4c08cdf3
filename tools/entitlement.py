"""Asks what a student's plan still allows, before anything is spent."""

from core.errors import BudgetSpent
from core.ports import Allowance, Entitlements, Meter, Student, TurnId


async def require(entitlements: Entitlements, student: Student, meter: Meter) -> None:
    """Raises BudgetSpent, with words for the student, when the plan allows no more of `meter` just now."""
    allowance = await entitlements.allow(student, meter)
    if not allowance.allowed:
        raise BudgetSpent(allowance.message, meter=meter, plan=allowance.plan, limit=allowance.limit)


async def take_turn(entitlements: Entitlements, student: Student, turn: TurnId) -> Allowance:
    """Counts this turn, if the plan allows another one. Asked again for the same turn, as after a crash, it counts once."""
    return await entitlements.take(student, "turns", 1, key=turn)


async def pay_model(entitlements: Entitlements, student: Student, turn: TurnId, tokens: int) -> None:
    """Counts what a turn took of a language model; nothing for one that took none."""
    if tokens:
        await entitlements.spend(student, "model_tokens", tokens, key=turn)
