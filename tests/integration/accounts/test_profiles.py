"""What people tell of themselves, and their first steps."""

import asyncio

import pytest

from accounts.people import Person
from accounts.profiles import STEPS, Profile, Profiles
from core.clock import FakeClock
from core.db import Pool
from core.errors import NotFound
from core.ports import UserId


@pytest.fixture
def profiles(pool: Pool, clock: FakeClock) -> Profiles:
    return Profiles(pool, clock)


async def test_who_said_nothing_has_an_empty_profile(profiles: Profiles, ada: Person) -> None:
    assert await profiles.get(ada.id) == Profile(goals=[])


async def test_only_what_is_named_changes(profiles: Profiles, ada: Person) -> None:
    await profiles.change(ada.id, {"goals": ["pass the exam"], "pace": "steady", "accessibility": {"font_scale": 1.5}})
    found = await profiles.change(ada.id, {"language": "de", "accessibility": {"reduced_motion": True}})

    assert found == await profiles.get(ada.id)
    assert (found.goals, found.pace, found.language) == (["pass the exam"], "steady", "de")
    assert found.accessibility == {"font_scale": 1.5, "reduced_motion": True}


async def test_null_takes_away(profiles: Profiles, ada: Person) -> None:
    await profiles.change(ada.id, {"goals": ["x"], "pace": "steady", "academic": {"year": 2, "programme": "Maths"}})
    found = await profiles.change(ada.id, {"goals": None, "pace": None, "academic": {"year": None}})

    assert (found.goals, found.pace, found.academic) == ([], None, {"programme": "Maths"})


async def test_two_changes_at_once_both_stay(profiles: Profiles, ada: Person) -> None:
    changes = [{"accessibility": {f"wish_{n}": True}} for n in range(10)]
    await asyncio.gather(*(profiles.change(ada.id, change) for change in changes))

    assert len((await profiles.get(ada.id)).accessibility) == 10


async def test_nobody_has_no_profile(profiles: Profiles) -> None:
    with pytest.raises(NotFound):
        await profiles.get(UserId("nobody"))
    with pytest.raises(NotFound):
        await profiles.change(UserId("nobody"), {"pace": "steady"})
    with pytest.raises(NotFound):
        await profiles.take_step(UserId("nobody"), "welcome")


async def test_first_steps_are_taken_in_any_order_and_once(profiles: Profiles, ada: Person) -> None:
    await profiles.take_step(ada.id, "placement", skipped=True)
    await profiles.take_step(ada.id, "welcome")
    await profiles.take_step(ada.id, "welcome", skipped=True)
    found = await profiles.onboarding(ada.id)

    assert list(found) == list(STEPS)
    assert (found["welcome"], found["goals"], found["placement"]) == ("done", "open", "skipped")
    await profiles.take_step(ada.id, "placement")
    assert (await profiles.onboarding(ada.id))["placement"] == "done"
    with pytest.raises(NotFound):
        await profiles.take_step(ada.id, "moon")
