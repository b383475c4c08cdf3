"""What plans.toml says, and how a limit is explained to a student; pure."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.ports import Allowance, Meter
from core.settings import AccountSettings

_UNITS: dict[Meter, str] = {
    "turns": "questions to the tutor",
    "sandbox_seconds": "seconds of running programs",
    "model_tokens": "tokens from the language model",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`limits` are amounts a day by meter."""

    name: str
    title: str
    features: tuple[str, ...]
    limits: dict[Meter, int]

    def allowance(self, meter: Meter, *, used: int, now: datetime) -> Allowance:
        """What is left of a meter today, with words for the student."""
        limit = self.limits[meter]
        _, resets_at = day(now)
        left = limit - used
        words = f"{left} of {limit} {_UNITS[meter]} left today." if left > 0 else self._refusal(meter, resets_at - now)
        return Allowance(allowed=left > 0, plan=self.name, limit=limit, used=used, resets_at=resets_at, message=words)

    def _refusal(self, meter: Meter, wait: timedelta) -> str:
        hours, minutes = divmod(max(1, -(-int(wait.total_seconds()) // 60)), 60)
        when = f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
        return (
            f"You have worked hard today: all {self.limits[meter]} {_UNITS[meter]} of the {self.title} are used. "
            f"There will be more in {when}. Nothing is lost: your conversations and your progress stay open to read."
        )


def free_plan(settings: AccountSettings) -> Plan:
    """As plans.toml has it, with the turns a day from settings."""
    free = tomllib.loads((Path(__file__).parent / "plans.toml").read_text())["free"]
    limits: dict[Meter, int] = {**free["limits"], "turns": settings.free_turns_per_day}
    return Plan(name="free", title=free["title"], features=tuple(free["features"]), limits=limits)


def day(now: datetime) -> tuple[datetime, datetime]:
    """The midnights (UTC) that begin and end this day."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return begin, begin + timedelta(days=1)
