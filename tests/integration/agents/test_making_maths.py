"""An exercise in mathematics that a model made reaches students only when the algebra system bore out all it claims."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from agents._making import Maker
from cas.checker import open_mathematics
from core.clock import FakeClock
from core.ports import Equivalence, Exercise, Mathematics, MathsAnswer, Student, StudentId, Topic
from tests.fakes import LOOPS, SUM_TO, FakeCourse, FakeEntitlements, LocalSandbox
from tests.making import ScriptedModel, ShelfInMemory

ADA = Student(id=StudentId("s1"), name="Ada")
SENT: dict[str, Any] = {
    "title": "A number puzzle",
    "statement": "I take a number three times and add 4. I get 19, so $3x + 4 = 19$. Find $x$, and write it as `x = ...`.",
    "skills": ["loops"],
    "answer": "x = 5",
    "working": ["3x + 4 = 19", "3x = 15", "x = 5"],
    "mistakes": [
        {"answer": "x = 23/3", "misconception": "The 4 is added on the other side instead of taken away."},
        {"answer": "x = 45", "misconception": "The 15 is multiplied by 3 instead of divided."},
    ],
    "hints": [
        "What was done to the number last, and how can that be undone?",
        "Both sides stay equal when the same is done to both.",
        "Take away what was added, then share by the number in front of the unknown.",
    ],
}
BANK = replace(
    SUM_TO, subject="maths", title="Bank", statement="Solve $7x - 1 = 20$.", tests=(), reference="", mistakes=(),
    answer=MathsAnswer(reference="x = 3", rule=Equivalence(), working=("7x - 1 = 20", "7x = 21", "x = 3")),
)  # fmt: skip


class Maths(FakeCourse):
    def __init__(self, bank: Exercise = BANK) -> None:
        super().__init__()
        self.bank = bank

    def list_exercises(self, *, topic: Any = None, subject: Any = None) -> Sequence[Exercise]:
        return [self.bank] if subject == "maths" else []

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [[1.0 if at == n else 0.0 for at in range(len(texts))] for n in range(len(texts))]


def sent(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(SENT)), **changes}


async def made(
    model: ScriptedModel, mathematics: Mathematics | None, course: FakeCourse | None = None
) -> tuple[Exercise | None, ShelfInMemory]:
    shelf, course = ShelfInMemory(), course or Maths()
    topic: Topic = replace(course.get_topic(LOOPS), subject="maths", skills=("loops",))  # type: ignore[arg-type]
    maker = Maker(
        models={"default": model}, course=course, sandbox=LocalSandbox(), entitlements=FakeEntitlements(), kept=shelf,  # type: ignore[dict-item]
        clock=FakeClock(), prompt="v1", mathematics=mathematics,
    )  # fmt: skip
    async with maker.working():
        return await maker.make(topic, 2, ADA, wait_s=60), shelf


async def test_a_sound_exercise_is_kept_with_its_answer_and_working() -> None:
    model = ScriptedModel(SENT)

    async with open_mathematics(children=1, patience=12) as mathematics:
        exercise, shelf = await made(model, mathematics)

    assert exercise is not None
    assert exercise.answer == MathsAnswer(
        reference="x = 5", rule=Equivalence(), working=("3x + 4 = 19", "3x = 15", "x = 5")
    )
    assert (exercise.subject, exercise.difficulty, exercise.tests) == ("maths", 2, ())
    assert (shelf.kept[0].prompt, shelf.kept[0].measured) == ("making_maths.v1", {"lines": 3})
    assert "Ada" not in repr(model.prompts)


UNSOUND: Mapping[str, tuple[dict[str, Any], str]] = {
    "a step is wrong": ({"working": ["3x + 4 = 19", "3x = 23", "x = 23/3"]}, "line 2 of the working"),
    "the working answers something else": ({"answer": "x = 6"}, "not in the answer"),
    "the working begins elsewhere": ({"working": ["2x = 10", "x = 5"]}, "which no formula of the task says"),
    "a wrong answer is right": ({"mistakes": [SENT["mistakes"][0], {"answer": "x = 10/2", "misconception": "none"}]}, "not shown to differ"),
    "two wrong answers are one": ({"mistakes": [SENT["mistakes"][0], {"answer": "3x = 23", "misconception": "the same"}]}, "are the same"),
    "a hint tells it": ({"hints": ["What is $x = 5$?", *SENT["hints"][1:]]}, "gives the answer away"),
    "a formula is open": ({"statement": "I take a number three times and add 4. So $3x + 4 = 19. Find it."}, "not closed"),
    "no formula at all": ({"statement": "I take a number three times, add 4, and get 19. Find the number."}, "holds no formula"),
    "a link": ({"statement": SENT["statement"] + " See https://example.org."}, "no links"),
    "unreadable": ({"answer": "__import__('os').system('true')"}, "does not answer its own question"),
    "the answer is the task": ({"answer": "3x + 4 = 19"}, "nothing is left to do"),
    "one line is no working": ({"working": ["x = 5"]}, "working"),
    "the bank's numbers": ({"statement": "Find $x$ in $7x - 1 = 20$, please.", "answer": "x = 3", "working": ["7x - 1 = 20", "x = 3"]}, "it repeats"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSOUND)
async def test_what_does_not_hold_is_refused_with_words_for_another_try(name: str) -> None:
    changes, told = UNSOUND[name]
    model = ScriptedModel(sent(**changes))

    async with open_mathematics(children=1, patience=12) as mathematics:
        exercise, shelf = await made(model, mathematics)

    assert exercise is None
    assert shelf.kept == []
    assert len(model.prompts) == 2
    assert told in json.loads(model.prompts[1].draft)["wrong"][0]


async def test_a_second_try_that_puts_it_right_is_kept() -> None:
    model = ScriptedModel(sent(answer="x = 6"), SENT)

    async with open_mathematics(children=1, patience=12) as mathematics:
        exercise, _ = await made(model, mathematics)

    assert exercise is not None


async def test_a_change_of_form_needs_the_form_to_be_named() -> None:
    factors = sent(
        statement="Write $x^2 + 5x + 6$ as a product.", answer="(x + 2)(x + 3)", working=["x^2 + 5x + 6", "(x + 2)(x + 3)"],
        mistakes=[{"answer": "(x + 1)(x + 6)", "misconception": "The sum is not looked at."}, {"answer": "(x - 2)(x - 3)", "misconception": "The signs are turned."}],
    )  # fmt: skip

    async with open_mathematics(children=1, patience=12) as mathematics:
        loose, _ = await made(ScriptedModel(factors), mathematics)
        named, _ = await made(ScriptedModel({**factors, "form": "factorised"}), mathematics)

    assert loose is None
    assert named is not None


async def test_without_an_algebra_system_none_is_made() -> None:
    model = ScriptedModel(SENT)

    exercise, _ = await made(model, None)

    assert exercise is None
    assert model.prompts == []
