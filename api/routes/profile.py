"""What a person tells of themselves and wishes, and their first steps here."""

from fastapi import APIRouter, Request

from accounts.profiles import STEPS
from api.guard import SIGNED_IN, Route, principal, requires, services, student
from api.services import Profile
from api.wire.base import Id
from api.wire.profile import Academic, Accessibility, Onboarding, ProfileChange, ProfileView, StepView, TakeStep

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["profile"])


@router.get("/profile", response_model=ProfileView)
@requires(SIGNED_IN)
async def read_profile(request: Request) -> ProfileView:
    """Your goals, pace, language, time zone, accessibility and school."""
    return await _view(request, await services(request).profiles.get(principal(request).id))


@router.patch("/profile", response_model=ProfileView)
@requires(SIGNED_IN)
async def change_profile(request: Request, body: ProfileChange) -> ProfileView:
    """Change what is named; the rest stays."""
    edge, changes = services(request), body.model_dump(exclude_unset=True)
    if "time_zone" in changes:
        await edge.practice.settle_in(student(request), changes.pop("time_zone") or "UTC")
    return await _view(request, await edge.profiles.change(principal(request).id, changes))


@router.get("/onboarding", response_model=Onboarding)
@requires(SIGNED_IN)
async def read_onboarding(request: Request) -> Onboarding:
    """Your first steps here, and which is next."""
    states = await services(request).profiles.onboarding(principal(request).id)
    steps = [StepView(id=step, title=title, state=states[step]) for step, title in STEPS.items()]
    left = [step.id for step in steps if step.state == "open"]
    return Onboarding(steps=steps, next=left[0] if left else None, done=1 - len(left) / len(steps))


@router.post("/onboarding/{step}", response_model=Onboarding)
@requires(SIGNED_IN)
async def take_step(request: Request, step: Id, body: TakeStep) -> Onboarding:
    """Say that a step is done, or skipped."""
    await services(request).profiles.take_step(principal(request).id, step, skipped=body.skipped)
    return await read_onboarding(request)


async def _view(request: Request, found: Profile) -> ProfileView:
    practised = await services(request).practice.streak(student(request))
    return ProfileView(
        goals=list(found.goals),
        pace=found.pace,
        language=found.language,
        time_zone=practised.time_zone,
        accessibility=Accessibility.model_validate(found.accessibility),
        academic=Academic.model_validate(found.academic),
    )
