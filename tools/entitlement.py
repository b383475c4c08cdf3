"""Asks what a student's plan still allows, before anything is spent."""

from core.errors import BudgetSpent
from core.ports import Entitlements, Meter, Student


async def require(entitlements: Entitlements, student: Student, meter: Meter) -> None:
    """Raises BudgetSpent, with words for the student, when the plan allows no more of `meter` just now."""
    allowance = await entitlements.allow(student, meter)
    if not allowance.allowed:
        raise BudgetSpent(allowance.message, meter=meter, plan=allowance.plan, limit=allowance.limit)
