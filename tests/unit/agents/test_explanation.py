"""Explanations are cited, at the student's level, with an example that was run."""

import pytest

from agents._plain_words import plain_words
from agents.explanation import PASSAGE_TOKENS_MAX, node
from core.errors import CourseUnavailable, SandboxUnavailable
from core.ports import Example
from tests.fakes import LOOP_PASSAGE, FakeCourse, FakeRecords, Fakes, turn, words

PASSAGE = {
    "id": "loops#1",
    "topic": "python/loops",
    "subject": "python",
    "title": "Loops",
    "heading": "for",
    "body": LOOP_PASSAGE.text,
    "score": 0.8,
    "version": "v7",
}


async def explained(fakes: Fakes, message: str = "what is a for loop?", passages: list | None = None) -> dict:
    state = turn(message, passages=[PASSAGE] if passages is None else passages, desk={})
    return await node(state, fakes.runtime())  # type: ignore[return-value]


async def test_every_claim_from_the_course_is_cited() -> None:
    found = (await explained(Fakes()))["evidence"][0]

    cited = [block for block in found["draft"] if block["checked"] == "cited"]
    assert cited
    assert all("[1]" in block["body"] for block in cited)
    assert found["citations"][0]["passage"] == "loops#1"
    assert found["citations"][0]["version"] == "v7"


async def test_the_example_is_really_run_and_its_output_shown() -> None:
    fakes = Fakes()

    found = (await explained(fakes))["evidence"][0]

    assert len(fakes.sandbox.ran) == 1
    assert [block["body"] for block in found["draft"] if block["kind"] == "output"] == ["0\n1\n2"]


async def test_a_model_is_handed_no_more_of_the_course_than_its_budget() -> None:
    long = {**PASSAGE, "body": "\n\n".join([LOOP_PASSAGE.text] * 400)}

    found = (await explained(Fakes(), passages=[long, PASSAGE]))["evidence"][0]

    assert 0 < sum(len(one["body"]) for one in found["facts"]["passages"]) <= 3 * PASSAGE_TOKENS_MAX


async def test_it_ends_with_a_question_from_the_topic() -> None:
    found = (await explained(Fakes()))["evidence"][0]

    assert found["draft"][-1]["kind"] == "question"
    assert "range(3)" in found["draft"][-1]["body"]


async def test_who_has_mastered_the_topic_gets_it_brief() -> None:
    master = (await explained(Fakes(records=FakeRecords({"loops": 0.95}))))["evidence"][0]
    beginner = (await explained(Fakes(records=FakeRecords({"loops": 0.1}))))["evidence"][0]

    assert (master["facts"]["depth"], beginner["facts"]["depth"]) == ("brief", "gentle")
    assert len(words(master["draft"])) < len(words(beginner["draft"]))


async def test_what_the_course_does_not_hold_is_not_made_up() -> None:
    far = {**PASSAGE, "score": 0.05, "title": "Zebra", "heading": ""}

    found = (await explained(Fakes(), "how do quantum computers work", [far]))["evidence"][0]

    assert found["citations"] == []
    assert "not guess" in words(found["draft"])


async def test_without_a_sandbox_the_example_is_shown_as_not_run() -> None:
    fakes = Fakes()
    fakes.sandbox.failure = SandboxUnavailable()

    found = (await explained(fakes))["evidence"][0]

    assert found["missing"]
    assert all(block["checked"] != "ran" for block in found["draft"])


async def test_a_broken_course_is_told() -> None:
    course = FakeCourse()
    course.failure = CourseUnavailable()

    found = (await explained(Fakes(course=course)))["evidence"][0]

    assert "could not open the lesson" in found["missing"][0]


ALIASES = "a = [1, 2]\nb = a\nb.append(3)\nprint(a)\n"
RECURSIVE = "def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)\nprint(fact(3))\n"


@pytest.mark.parametrize(
    ("program", "printed", "words"),
    [(ALIASES, "[1, 2, 3]", "a and b stand for one and the same list"), (RECURSIVE, "6", "fact(3) calls fact(2)")],
)
async def test_the_picture_fits_what_the_example_shows_and_is_of_that_run(
    program: str, printed: str, words: str
) -> None:
    course = FakeCourse()
    course.examples = (Example(title="Shown", code=program, output=printed, subject="python"),)

    found = (await explained(Fakes(course=course)))["evidence"][0]

    pictures = [block for block in found["draft"] if block["kind"] == "picture"]
    assert [block["body"] for block in found["draft"] if block["kind"] == "output"] == [printed]
    assert len(pictures) == 1
    assert words in pictures[0]["alt"]


async def test_hard_words_are_put_plainly_for_a_beginner_and_not_for_who_knows() -> None:
    passage = {
        **PASSAGE,
        "body": "A for loop goes through any iterable. Each iteration takes the next item of the loop.",
    }

    beginner = (await explained(Fakes(records=FakeRecords({"loops": 0.1})), passages=[passage]))["evidence"][0]
    strong = (await explained(Fakes(records=FakeRecords({"loops": 0.95})), passages=[passage]))["evidence"][0]

    assert "**iterable** means: anything a loop can go through" in words(beginner["draft"])
    assert "In plain words" not in words(strong["draft"])


def test_a_word_that_the_text_explains_is_not_explained_again() -> None:
    assert plain_words("A string is a text in quotes.", "python") == ""


async def test_a_beginner_is_shown_the_short_example_and_a_strong_student_the_rich_one() -> None:
    course = FakeCourse()
    course.examples = tuple(
        Example(title=name, code=code, output="", subject="python")
        for name, code in (
            ("Middle", "print(1 + 2)\n"),
            ("Short", "print(1)\n"),
            ("Rich", "print(1 + 2)\nprint(3 + 4)\n"),
        )
    )

    shown = [
        words((await explained(Fakes(course=course, records=FakeRecords({"loops": level}))))["evidence"][0]["draft"])
        for level in (0.1, 0.95)
    ]

    assert ["An example: Short" in shown[0], "An example: Rich" in shown[1]] == [True, True]


FUNCTIONS = {**PASSAGE, "id": "functions#1", "topic": "python/functions", "title": "Functions", "heading": "What is a function?",
             "body": "A function is a piece of program with a name. You run it by calling that name."}  # fmt: skip


async def test_of_two_things_that_are_compared_both_are_explained_under_their_names() -> None:
    found = (await explained(Fakes(), "difference between a loop and a function", [PASSAGE, FUNCTIONS]))["evidence"][0]

    cited = [block["body"] for block in found["draft"] if block["checked"] == "cited"]
    assert [body.split("** ")[0] for body in cited] == ["**for", "**What is a function?"]


async def test_what_no_passage_names_is_said_to_be_missing_and_the_nearest_lesson_offered() -> None:
    far = {**PASSAGE, "score": 0.45}

    found = (await explained(Fakes(), "what is a monad?", [far]))["evidence"][0]

    assert "nothing about “a monad”" in words(found["draft"])
    assert "Loops" in words(found["draft"])
    assert found["citations"] == []
    assert found["offer"]["agent"] == "explanation"


async def test_what_is_nowhere_near_is_no_trouble() -> None:
    found = (await explained(Fakes(), "explain quantum chromodynamics", [{**PASSAGE, "score": 0.1}]))["evidence"][0]

    assert "found nothing" in words(found["draft"])
