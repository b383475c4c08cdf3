"""What plans.toml says, and how a limit is explained to a student; pure but for reading the file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import Invalid
from core.ports import Allowance, Meter
from core.settings import AccountSettings

ModelClass = Literal["offline", "standard"]
Interval = Literal["month", "year"]

FREE = "free"
_UNITS: dict[Meter, str] = {
    "turns": "questions to the tutor",
    "sandbox_seconds": "seconds of running programs",
    "model_tokens": "tokens from the language model",
}
_SHIPPED = Path(__file__).parent / "plans.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Money(_Strict):
    """`amount` is in the currency's smallest unit; `currency` as Stripe writes it, small letters."""

    amount: int = Field(gt=0)
    currency: str = Field(pattern=r"^[a-z]{3}$")

    def __str__(self) -> str:
        return f"{self.amount / 100:.2f} {self.currency.upper()}"


class Pack(_Strict):
    """What is bought once: `units` of a meter, used after the day's own. Of turns alone: what is counted when it is known,
    and not before, cannot be told from the plan's own."""

    name: str
    title: str
    meter: Literal["turns"]
    units: int = Field(gt=0)
    price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`limits` are amounts a day by meter, None for no limit; with `seats` it is bought for others."""

    name: str
    title: str
    features: tuple[str, ...]
    limits: Mapping[Meter, int | None]
    model_class: ModelClass = "standard"
    seats: bool = False
    trial_days: int = 0
    prices: Mapping[Interval, Money] = field(default_factory=dict)

    def limit(self, meter: Meter) -> int | None:
        if meter == "model_tokens" and self.model_class == "offline":
            return 0
        return self.limits.get(meter)

    def allowance(
        self, meter: Meter, *, used: int, now: datetime, extra: int = 0, taken: bool | None = None
    ) -> Allowance:
        """What is left of a meter today, with words for the student; `extra` is what was bought beside the plan, `taken`
        whether a wish for some of it was granted just now: unset, it is allowed when anything is left."""
        limit = self.limit(meter)
        _, resets_at = day(now)
        left = None if limit is None else max(0, limit - used) + extra
        match left, limit:
            case None, _:
                words = f"The {self.title} sets no limit to {_UNITS[meter]}."
            case 0, 0:
                words = f"The {self.title} has no {_UNITS[meter]}."
            case 0, _:
                words = self._refusal(meter, resets_at - now)
            case _:
                beside = f", and {extra} more that were bought" if extra else ""
                words = f"{(left or 0) - extra} of {limit} {_UNITS[meter]} left today{beside}."
        allowed = left != 0 if taken is None else taken
        return Allowance(allowed=allowed, plan=self.name, limit=limit, used=used, resets_at=resets_at, message=words)

    def _refusal(self, meter: Meter, wait: timedelta) -> str:
        hours, minutes = divmod(max(1, -(-int(wait.total_seconds()) // 60)), 60)
        when = f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
        return (
            f"You have worked hard today: all {self.limit(meter)} {_UNITS[meter]} of the {self.title} are used. "
            f"There will be more in {when}. Nothing is lost: your conversations and your progress stay open to read."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Every plan, the smallest first, and every pack by name."""

    grace_days: int
    plans: Mapping[str, Plan]
    packs: Mapping[str, Pack]

    @property
    def free(self) -> Plan:
        return self.plans[FREE]

    def rank(self, name: str) -> int:
        """Higher is more; a plan that is no longer in the file is least."""
        return [*self.plans].index(name) if name in self.plans else -1

    @property
    def with_seats(self) -> list[str]:
        return [plan.name for plan in self.plans.values() if plan.seats]


class _FreeWithoutPayments(_Strict):
    model_class: ModelClass = "standard"
    limits: dict[Meter, int] = {}


class _Entry(_Strict):
    title: str
    features: list[str]
    model_class: ModelClass
    limits: dict[Meter, int]
    seats: bool = False
    trial_days: int = Field(0, ge=0)
    prices: dict[Interval, Money] = {}
    without_payments: _FreeWithoutPayments | None = None


def read_catalog(settings: AccountSettings, *, payments: bool, file: Path | None = None) -> Catalog:
    """`payments`: whether anything can be bought; without, everyone has the free plan as its own section says. Raises
    Invalid, with the place, for a file that is off."""
    path = file or _SHIPPED
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        grace, packs = tables.pop("grace_days", 0), tables.pop("packs", {})
        entries = {name: _Entry.model_validate(table) for name, table in tables.items()}
        catalog = Catalog(
            grace_days=grace,
            plans={name: _plan(name, entry) for name, entry in entries.items()},
            packs={name: Pack.model_validate({"name": name, **table}) for name, table in packs.items()},
        )
        return replace(catalog, plans={**catalog.plans, FREE: _free(entries[FREE], settings, payments)})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Invalid(f"the plans in {path} cannot be read: {_where(error)}") from error


def free_plan(settings: AccountSettings) -> Plan:
    """What everyone has where nothing can be bought."""
    return read_catalog(settings, payments=False).free


def _plan(name: str, entry: _Entry) -> Plan:
    return Plan(
        name=name,
        title=entry.title,
        features=tuple(entry.features),
        limits={**entry.limits},
        model_class=entry.model_class,
        seats=entry.seats,
        trial_days=entry.trial_days,
        prices=entry.prices,
    )


def _free(entry: _Entry, settings: AccountSettings, payments: bool) -> Plan:
    plan, without = _plan(FREE, entry), entry.without_payments
    if not payments and without is not None:
        plan = replace(plan, model_class=without.model_class, limits={**without.limits})
    if settings.free_turns_per_day is None:
        return plan
    return replace(plan, limits={**plan.limits, "turns": settings.free_turns_per_day})


def _where(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first: Any = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"{type(error).__name__}: {error}"


def day(now: datetime) -> tuple[datetime, datetime]:
    """The midnights (UTC) that begin and end this day."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return begin, begin + timedelta(days=1)
