"""What students think of answers, kept beside the turns that they are about."""

from typing import Any

from core.clock import Clock
from core.db import Pool, connection, sql
from core.errors import Conflict, Invalid, NotFound
from core.ports import Opinion, Student, TurnId

WORDS_CHARS_MAX = 2_000


class PostgresFeedback:
    """core.ports.Feedback over a pool."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def give(self, student: Student, turn: TurnId, opinion: Opinion) -> Opinion:
        arguments = {
            "turn": turn, "student": student.id, "verdict": opinion.verdict, "helped": opinion.helped,
            "words": checked_words(opinion.words), "now": self._clock.now(),
        }  # fmt: skip
        async with connection(self._pool) as conn:
            row = await (await conn.execute(sql("learning/give_feedback"), arguments)).fetchone()
        if row is None:
            raise NotFound("there is no such turn", turn=turn)
        if not row["answered"]:
            raise Conflict("this turn has no answer yet", turn=turn)
        return _opinion(row)

    async def find(self, student: Student, turn: TurnId) -> Opinion | None:
        arguments = {"turn": turn, "student": student.id}
        async with connection(self._pool) as conn:
            row = await (await conn.execute(sql("learning/find_feedback"), arguments)).fetchone()
        return _opinion(row) if row else None

    async def withdraw(self, student: Student, turn: TurnId) -> None:
        async with connection(self._pool) as conn:
            await conn.execute(sql("learning/withdraw_feedback"), {"turn": turn, "student": student.id})


def checked_words(words: str) -> str:
    """Raises Invalid for more than WORDS_CHARS_MAX, or for what no text column holds."""
    words = words.strip()
    if len(words) > WORDS_CHARS_MAX:
        raise Invalid(f"at most {WORDS_CHARS_MAX} characters, please", field="words")
    if "\x00" in words or any("\ud800" <= sign <= "\udfff" for sign in words):
        raise Invalid("the words hold characters that are not valid Unicode", field="words")
    return words


def _opinion(row: dict[str, Any]) -> Opinion:
    return Opinion(verdict=row["verdict"], helped=row["helped"], words=row["words"])
