"""An exercise that a model made reaches students only when all it claims was done in a sandbox and held."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from agents._making import EACH_TOPIC_MAX, Maker
from agents.exercise import node
from agents.models.offline import OfflineModel
from agents.models.open import open_models
from core.clock import FakeClock, SystemClock
from core.ports import Exercise, ExerciseId, MadeExercise, Sandbox, Student, StudentId, Topic
from core.settings import ModelSettings
from tests.fakes import LOOPS, SUM_TO, FakeCourse, FakeEntitlements, Fakes, turn, words
from tests.integration.models.wire import open_wire
from tests.making import SENT, ScriptedModel, ShelfInMemory, sent

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADA = Student(id=StudentId("s1"), name="Ada")


class Topics(FakeCourse):
    def list_topics(self, subject: Any = None) -> list[Topic]:
        return [replace(one, skills=("loops",)) if one.id == LOOPS else one for one in super().list_topics()]  # type: ignore[arg-type]


class Workshop:
    def __init__(self, sandbox: Sandbox, model: Any, entitlements: Any = None) -> None:
        self.shelf, self.course, self.model = ShelfInMemory(), Topics(), model
        self.entitlements = entitlements or FakeEntitlements()
        self.clock = FakeClock()
        self.maker = Maker(
            models={"default": model}, course=self.course, sandbox=sandbox, entitlements=self.entitlements,
            kept=self.shelf, clock=self.clock, prompt="v1",
        )  # fmt: skip

    async def ask(self, wait_s: float = 60.0) -> Exercise | None:
        return await self.maker.make(self.course.get_topic(LOOPS), 1, ADA, wait_s=wait_s)


@asynccontextmanager
async def workshop(sandbox: Sandbox, model: Any, entitlements: Any = None) -> AsyncIterator[Workshop]:
    opened = Workshop(sandbox, model, entitlements)
    async with opened.maker.working():
        yield opened


async def test_a_sound_exercise_is_kept_with_where_it_came_from(sandbox: Sandbox) -> None:
    async with workshop(sandbox, ScriptedModel(SENT)) as shop:
        made = await shop.ask()

    assert made is not None
    assert (made.title, made.topic, made.skills) == ("The bouncing ball", LOOPS, ("loops",))
    kept = shop.shelf.kept[0]
    assert (kept.model, kept.prompt, kept.content_version) == ("scripted", "making.v1", "1")
    assert kept.measured["steps"] > 0
    assert sum(shop.entitlements.spent.values()) == 1500
    assert "Ada" not in repr(shop.model.prompts)


UNSOUND: Mapping[str, dict[str, Any]] = {
    "reference fails": {"reference": SENT["reference"].replace(">= 1", "> 1")},
    "correct one fails": {"correct": [SENT["correct"][0], "def bounces(height):\n    return 3\n"]},
    "two are the same program": {"correct": [SENT["correct"][0], SENT["reference"].replace("hits", "n")]},
    "a planted wrong one passes": {"mistakes": [SENT["mistakes"][0], {"answer": SENT["correct"][1], "misconception": "none"}]},
    "the starter passes": {"starter": SENT["correct"][0]},
    "a wrong one never ends": {"mistakes": [SENT["mistakes"][0], {"answer": "def bounces(height):\n    while True:\n        pass\n", "misconception": "never stops"}]},
    "a test is false": {"tests": [*SENT["tests"][:3], {"name": "false", "group": "more", "call": "bounces(3)", "expect": "7"}]},
    "by chance": {"reference": "import random\n" + SENT["reference"]},
    "not the same each time": {"reference": SENT["reference"].replace("    hits = 0\n", "    hits = 0 * len(str(object()))\n").replace("return hits", "return hits if height is not object else 0") + "print(object())\n"},
    "reaches out": {"reference": "import os\n" + SENT["reference"]},
    "a hint holds the solution": {"hints": [*SENT["hints"][:2], f"```python\n{SENT['correct'][0]}```"]},
    "the task holds a solution": {"statement": SENT["statement"] + f"\n\n```python\n{SENT['reference']}```"},
    "too hard to read": {"statement": "Considering gravitational deceleration characteristics, implementing `bounces(height)` necessitates iteratively calculating approximations representing successive rebounding altitudes, subsequently enumerating individual collisions encountered throughout consecutive oscillations preceding equilibrium conditions, notwithstanding measurement irregularities."},
    "the strategy is none": {"property": {"name": "p", "given": ["anything()"]}},
    "no skill of the topic": {"skills": ["cooking"]},
    "the task shows a false result": {"statement": SENT["statement"].replace("returns `4`", "returns `5`")},
    "the task shows no result": {"statement": SENT["statement"].replace("returns `", "and `").replace("`bounces(1)`", "one").replace("`bounces(8)`", "eight")},
    "tests tell nothing apart": {"tests": [{**one, "expect": "1", "call": "bounces(1)"} for one in SENT["tests"]]},
    "a wrong one only stops": {"mistakes": [SENT["mistakes"][0], {"answer": "def bounces(height):\n    return height / 0\n", "misconception": "none"}]},
    "a wrong one twice": {"mistakes": [SENT["mistakes"][0]] * 2},
    "a solution in a comment": {"starter": "def bounces(height):\n    # while height >= 1: height //= 2; hits += 1\n    pass\n"},
    "a solution between tildes": {"hints": [*SENT["hints"][:2], f"~~~python\n{SENT['correct'][0]}~~~"]},
    "a solution in base64": {"statement": SENT["statement"] + "\n\nZGVmIGJvdW5jZXMoaGVpZ2h0KToKICAgIGhpdHMgPSAwCg=="},
    "a test reaches out": {"property": {"name": "p", "given": ["integers(0, 50)"], "where": "__import__('os').getpid() or True"}},
    "markup": {"statement": SENT["statement"] + " <b onclick=x>Run</b>"},
    "a link by name": {"statement": SENT["statement"] + "\n\n[a][b]\n\n[b]: //evil.example"},
    "signs nobody sees": {"title": "The \u202eball"},
    "another language": {"statement": "Ein Ball fällt von einer Mauer. Schreibe die Funktion `bounces(height)`, und dann gibt sie zurück, wie oft der Ball den Boden trifft.\n\n- `bounces(1)` ist `1`"},
    "nothing for students": {"statement": SENT["statement"].replace("A ball falls", "You stupid ball, you fall")},
    "a link": {"hints": ["See [here](https://example.com) for it.", *SENT["hints"][1:]]},
}  # fmt: skip


@pytest.mark.parametrize("fault", UNSOUND)
async def test_an_unsound_exercise_is_put_right_once_and_else_refused(sandbox: Sandbox, fault: str) -> None:
    model = ScriptedModel(sent(**UNSOUND[fault]))
    async with workshop(sandbox, model) as shop:
        made = await shop.ask()

        assert made is None
        assert len(model.prompts) == 2
        assert json.loads(model.prompts[1].draft)["wrong"]
        assert await shop.ask() is None
        assert len(model.prompts) == 2, "a topic for which nothing came of it rests"


async def test_one_that_is_put_right_is_accepted(sandbox: Sandbox) -> None:
    model = ScriptedModel(sent(starter=SENT["correct"][0]), SENT)
    async with workshop(sandbox, model) as shop:
        made = await shop.ask()

    assert made is not None
    assert made.starter == SENT["starter"]
    assert "the starter is the `def` line" in model.prompts[1].draft


async def test_what_is_there_already_is_not_made_again(sandbox: Sandbox) -> None:
    async with workshop(sandbox, ScriptedModel(SENT)) as shop:
        first, again = await shop.ask(), await shop.ask()

    assert first is not None
    assert again is None
    assert len(shop.shelf.kept) == 1


@pytest.mark.parametrize("reason", ["offline", "no share of a model", "enough there", "a broken model"])
async def test_nothing_is_made(sandbox: Sandbox, reason: str) -> None:
    model: Any = OfflineModel() if reason == "offline" else ScriptedModel(None if reason == "a broken model" else SENT)
    async with workshop(sandbox, model, FakeEntitlements(allowed=reason != "no share of a model")) as shop:
        if reason == "enough there":
            shop.shelf.kept = [kept(number) for number in range(EACH_TOPIC_MAX)]

        assert await shop.ask() is None


def kept(number: int) -> Any:
    return MadeExercise(
        exercise=replace(SUM_TO, id=ExerciseId(f"made-{number}")), content_version="1", model="m", prompt="p",
        made_at=FakeClock().now(),
    )  # fmt: skip


async def test_who_asks_waits_no_longer_than_told_and_the_next_finds_it(sandbox: Sandbox) -> None:
    model = ScriptedModel(SENT)
    model.gate.clear()
    async with workshop(sandbox, model) as shop:
        assert await shop.ask(wait_s=0.05) is None

        model.gate.set()
        made = await shop.ask()

    assert made is not None
    assert len(model.prompts) == 1


async def test_leaving_gives_up_what_is_being_made(sandbox: Sandbox) -> None:
    model = ScriptedModel(SENT)
    model.gate.clear()
    async with asyncio.timeout(5), workshop(sandbox, model) as shop:
        await shop.ask(wait_s=0.05)

    assert shop.shelf.kept == []


async def test_a_student_who_has_done_all_of_a_topic_gets_a_new_one(sandbox: Sandbox) -> None:
    async with workshop(sandbox, ScriptedModel(SENT)) as shop:
        context = replace(Fakes(course=shop.course).runtime().context, maker=shop.maker, sandbox=sandbox)
        runtime: Any = type("Runtime", (), {"context": context})()

        update: Any = await node(turn("another exercise on loops please", desk={"offered": ["sum-to"]}), runtime)

    told = words(update["evidence"][0]["draft"])
    assert update["desk"]["exercise"].startswith("made-")
    assert "The bouncing ball" in told
    assert "written by a language model" in told
    assert "height // 2" not in str(update)


async def test_over_the_wire_a_model_that_errs_in_form_is_told_and_puts_it_right(sandbox: Sandbox) -> None:
    with open_wire() as wire:
        wire.script = ["say:here you are", f"say:{json.dumps(SENT)}"]
        settings = ModelSettings(base_url=wire.url, api_key="x")  # type: ignore[arg-type]
        models = open_models("openai:m", settings, SystemClock())
        async with workshop(sandbox, models["default"]) as shop:
            made = await shop.ask()

    assert made is not None
    assert shop.shelf.kept[0].model == "openai:m"
    assert "does not fit" in wire.asked[1]["messages"][-1]["content"]
