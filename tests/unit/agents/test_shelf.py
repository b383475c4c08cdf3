"""The same question at the same level is put together once, for a version of the index, and holds nothing of anybody."""

from collections.abc import AsyncIterator
from typing import Any

from agents._shelf import Explained, Shelf
from agents.explanation import node
from agents.models.port import Prompt, Usage
from core.errors import SandboxUnavailable
from tests.fakes import LOOP_PASSAGE, FakeRecords, Fakes, turn, walk

PASSAGE = {
    "id": "loops#1",
    "topic": "python/loops",
    "subject": "python",
    "title": "Loops",
    "heading": "for",
    "body": LOOP_PASSAGE.text,
    "score": 0.8,
    "version": "1",
}


class School:
    """Students who borrow from one shelf, one turn after another."""

    def __init__(self) -> None:
        self.fakes = Fakes()

    async def ask(self, message: str, **desk: Any) -> dict[str, Any]:
        state = turn(message, passages=[PASSAGE], desk=desk)  # type: ignore[typeddict-item]
        return (await node(state, self.fakes.runtime()))["evidence"][0]  # type: ignore[return-value]


async def test_the_same_concept_in_other_words_runs_nothing_again() -> None:
    school = School()

    first = await school.ask("What is a for loop?")
    again = await school.ask("explain for loops to me please")

    assert again == first
    assert len(school.fakes.sandbox.ran) == 1


async def test_another_level_gets_an_explanation_of_its_own() -> None:
    school = School()
    first = await school.ask("What is a for loop?")
    school.fakes.records = FakeRecords({"loops": 0.95})

    strong = await school.ask("What is a for loop?")

    assert (first["facts"]["depth"], strong["facts"]["depth"]) == ("gentle", "brief")


async def test_another_question_on_the_topic_is_not_answered_with_the_first() -> None:
    school = School()
    await school.ask("What is a for loop?")

    other = await school.ask("when do I take while?")

    assert "while" in other["draft"][0]["body"]
    assert len(school.fakes.sandbox.ran) == 2


async def test_a_new_version_of_the_index_clears_the_shelf() -> None:
    school = School()
    await school.ask("What is a for loop?")
    school.fakes.course.version = "2"

    await school.ask("What is a for loop?")

    assert len(school.fakes.sandbox.ran) == 2


async def test_what_could_not_be_made_whole_is_not_kept() -> None:
    school = School()
    school.fakes.sandbox.failure = SandboxUnavailable()
    await school.ask("What is a for loop?")
    school.fakes.sandbox.failure = None

    whole = await school.ask("What is a for loop?")

    assert whole["missing"] == []
    assert any(block["kind"] == "output" for block in whole["draft"])


async def test_no_word_of_a_student_lies_on_the_shelf() -> None:
    school = School()

    await school.ask("My name is Zacharias Quill, what is a for loop?")

    assert "quill" not in repr(vars(school.fakes.shelf)).casefold()


def test_the_shelf_is_bounded_and_drops_what_was_not_asked_for_longest() -> None:
    shelf, one = Shelf(kept_max=2), Explained(blocks=[], citations=[], facts={}, shown=[], asked="")
    for key in ("a", "b"):
        shelf.keep(key, "1", one)
    shelf.find("a", "1")

    shelf.keep("c", "1", one)

    assert [key for key in "abc" if shelf.find(key, "1")] == ["a", "c"]


class CountingModel:
    name = "counting"

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    async def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]:
        self.prompts.append(prompt)
        yield prompt.draft.replace("A for loop runs", "So a for loop runs")

    async def structured(self, *args: Any, **options: Any) -> None:
        return None


async def test_a_models_words_for_an_explanation_are_asked_for_once_and_hear_nothing_of_the_student() -> None:
    model, shelf = CountingModel(), Shelf()
    replies = []
    for message in ("I am Zacharias Quill. What is a for loop?", "I am Zacharias Quill. What is a for loop?"):
        state = await walk(turn(message, desk={}), Fakes(model=model, shelf=shelf))
        replies.append(state["answer"])

    assert len(model.prompts) == 1
    assert "Quill" not in repr(model.prompts)
    assert all("So a for loop runs" in answer["reply"] for answer in replies)
    assert replies[1]["model"] == "counting"
