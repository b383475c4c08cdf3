"""What is asked of an exercise that nobody wrote: that it is new, and how hard it is."""

from collections.abc import Sequence
from dataclasses import replace

from core.errors import CourseUnavailable
from core.ports import ExerciseId
from tests.fakes import GREET, SUM_TO
from tools.compare_exercises import find_duplicate, same_solution
from tools.estimate_difficulty import estimate_difficulty

NEW = replace(
    SUM_TO,
    id=ExerciseId("made-1"),
    title="Stairs",
    statement="Write `stairs(n)`: how many steps a stair has whose rows shrink by three until none is left.",
    reference="def stairs(n):\n    count = 0\n    while n > 0:\n        count += n\n        n -= 3\n    return count\n",
)


async def apart(texts: Sequence[str]) -> Sequence[Sequence[float]]:
    return [[1.0 if at == n else 0.0 for at in range(len(texts))] for n in range(len(texts))]


async def alike(texts: Sequence[str]) -> Sequence[Sequence[float]]:
    return [[1.0] for _ in texts]


async def out_of_order(texts: Sequence[str]) -> Sequence[Sequence[float]]:
    raise CourseUnavailable


async def test_what_differs_in_all_is_new() -> None:
    assert await find_duplicate(NEW, [SUM_TO, GREET], apart) is None


async def test_the_same_words_title_program_or_meaning_are_told() -> None:
    title = await find_duplicate(replace(NEW, title="sum to N!"), [GREET, SUM_TO], apart)
    text = await find_duplicate(replace(NEW, statement=SUM_TO.statement), [SUM_TO], apart)
    renamed = SUM_TO.reference.replace("sum_to", "stairs").replace("total", "t")
    program = await find_duplicate(replace(NEW, reference=renamed), [SUM_TO], apart)
    meaning = await find_duplicate(NEW, [SUM_TO], alike)

    assert [found[1] for found in (title, text, program, meaning) if found] == [
        "its title", "the words of its task", "its solution", "what it asks",
    ]  # fmt: skip


async def test_without_embeddings_words_and_programs_decide() -> None:
    assert await find_duplicate(NEW, [SUM_TO], out_of_order) is None
    assert await find_duplicate(replace(NEW, reference=SUM_TO.reference), [SUM_TO], out_of_order) is not None


def test_names_and_docstrings_make_no_other_solution() -> None:
    assert same_solution("def f(a):\n    return a + 1\n", 'def g(b):\n    """Add one."""\n    return b + 1\n')
    assert not same_solution("def f(a):\n    return a + 1\n", "def f(a):\n    return sum(range(a))\n")
    assert not same_solution("def f(", "def f(")


def test_more_steps_and_ideas_are_harder() -> None:
    easy = replace(SUM_TO, reference="def f(a):\n    return a * 2\n")
    hard = replace(
        SUM_TO,
        reference="def f(rows):\n    seen = {}\n    for row in rows:\n        for name, mark in row.items():\n            if mark > 3 and name not in seen:\n                seen[name] = [mark]\n            else:\n                seen[name].append(mark % 7)\n    return sorted((name, sum(marks)) for name, marks in seen.items())\n",
    )

    assert (estimate_difficulty(easy).level, estimate_difficulty(hard).level) == (1, 3)
    assert estimate_difficulty(hard).measured["depth"] == 3
    assert estimate_difficulty(replace(easy, reference="def f(")).level == 3
