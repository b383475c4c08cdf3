"""The community's parts in one hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core import db
from core.clock import Clock
from core.ports import Turns
from core.settings import CommunitySettings
from learning.community.board import PostgresBoard
from learning.community.moderation import PostgresModeration
from learning.community.rules import Worry
from learning.community.tutor import TutorAnswers

Worries = Callable[[str], Awaitable[Worry | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """`worry` reads words for distress before they are kept: the alert is kept with them."""

    board: PostgresBoard
    moderation: PostgresModeration
    tutor: TutorAnswers
    worry: Worries


def make_community(
    pool: db.Pool, clock: Clock, turns: Turns, settings: CommunitySettings, *, worry: Worries, chars_max: int
) -> Community:
    """The tutor's answers become comments only under `tutor.answering`."""
    return Community(
        board=PostgresBoard(pool, clock, school_wide=settings.school_wide),
        moderation=PostgresModeration(pool, clock),
        tutor=TutorAnswers(pool, clock, turns, chars_max=chars_max),
        worry=worry,
    )
