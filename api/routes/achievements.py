"""What learning has earned a student: for themselves, their own teachers and admins."""

from fastapi import APIRouter, Request

from api.guard import SIGNED_IN, Route, principal, requires, services, student
from api.routes.progress import readable
from api.wire.base import Id
from api.wire.overviews import Achievements, ShowAchievements, ToEarn
from api.wire.progress import AchievementView
from core.ports import Student, UserId
from learning.achievements import AUTHORED, title_of, words_of

router = APIRouter(prefix="/api/v1/progress", route_class=Route, tags=["progress"])


@router.get("/{user_id}/achievements", response_model=Achievements)
@requires(SIGNED_IN)
async def list_achievements(request: Request, user_id: Id) -> Achievements:
    """Newest first, each with what it was earned by, and what is left to earn; empty while they are switched off."""
    whose = await readable(services(request), principal(request), UserId(user_id), "achievements")
    return await _shown(request, whose)


@router.post("/achievements", response_model=Achievements)
@requires(SIGNED_IN)
async def show_achievements(request: Request, body: ShowAchievements) -> Achievements:
    """Have yours shown and told, or not; what is earned meanwhile is kept either way."""
    who = student(request)
    await services(request).awards.want(who, body.shown)
    return await _shown(request, who)


async def _shown(request: Request, whose: Student) -> Achievements:
    awards = services(request).awards
    shown = await awards.are_wanted(whose)
    found = await awards.list_achievements(whose)
    has = {one.kind for one in found}
    left = [(kind, authored.such) for kind, authored in AUTHORED.items() if shown and kind not in has]
    return Achievements(
        shown=shown,
        items=[AchievementView.model_validate(one) for one in found],
        left=[ToEarn(kind=kind, title=title_of(kind, such), words=words_of(kind, such)) for kind, such in left],
    )
