"""The course as the rest of the school meets it: the real model, a real index."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import pytest_asyncio

from core.errors import NotFound
from core.ports import Course, ExerciseId, TopicId
from core.settings import KnowledgeSettings
from knowledge.course import LiveCourse, open_course
from knowledge.embed import Encoder
from knowledge.index import build
from tests.small_course import LOOPS, write_course

# the first test exports the model, which takes a minute where other work fills the cores
pytestmark = pytest.mark.timeout(600)


@pytest_asyncio.fixture
async def course(data_dir: Path, tmp_path: Path, encoder: Encoder) -> AsyncIterator[Course]:
    folder = write_course(tmp_path / "course")
    async with open_course(KnowledgeSettings(), data_dir, folder, heal=True, encoder=encoder) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("my program hangs and repeats for ever", "Why does my loop never stop?"),
        ("exchange the values of two names", "How do I swap two variables?"),
        ("expand a bracket squared", "How do I square a sum?"),
    ],
)
async def test_a_question_in_other_words_finds_its_passage(course: Course, query: str, heading: str) -> None:
    best = (await course.search(query))[0]

    assert best.heading == heading
    assert 0 < best.score <= 1


async def test_a_search_may_be_kept_to_a_subject_and_a_number(course: Course) -> None:
    found = await course.search("square", subject="python", k=2)

    assert len(found) == 2
    assert {passage.subject for passage in found} == {"python"}


async def test_a_search_may_be_kept_to_a_module_a_level_and_what_was_met(course: Course) -> None:
    maths = await course.search("square", module="maths.algebra", k=9)
    first = await course.search("square", level=1, k=9)
    met = await course.search("square", topics=[TopicId("python.basics.variables")], k=9)

    assert {passage.topic for passage in maths} == {"maths.algebra.squares"}
    assert "python.basics.loops" not in {passage.topic for passage in first}
    assert {passage.topic for passage in met} == {"python.basics.variables"}
    assert await course.search("square", topics=[]) == []
    with pytest.raises(NotFound):
        await course.search("square", module="python.magic")


async def test_a_passage_carries_what_a_citation_needs(course: Course) -> None:
    best = (await course.search("What is a variable?"))[0]

    assert (best.topic, best.title) == ("python.basics.variables", "Variables")
    assert best.id == "python.basics.variables#0"
    assert best.text.startswith("A variable is a name")
    assert (best.version, best.anchor) == (course.version, "what-is-a-variable")


async def test_a_citation_leads_to_its_section_in_the_lesson(course: Course) -> None:
    best = (await course.search("How do I swap two variables?"))[0]

    lesson = await course.read_lesson(best.topic, version=best.version)

    (section,) = [section for section in lesson.sections if section.anchor == best.anchor]
    assert section.body == best.text
    assert lesson.sections[-1].anchor == "common-mistakes"


async def test_a_lesson_is_read_as_an_earlier_version_had_it(
    course: Course, data_dir: Path, tmp_path: Path, encoder: Encoder
) -> None:
    before = course.version
    folder = write_course(tmp_path / "course", {"python/01-basics/loops.md": LOOPS.replace("Change the", "Alter the")})
    build(KnowledgeSettings(), data_dir, folder, encoder=encoder)
    await cast(LiveCourse, course).refresh()
    loops = TopicId("python.basics.loops")

    was, now = await course.read_lesson(loops, version=before), await course.read_lesson(loops)

    assert (was.version, now.version) == (before, course.version)
    assert "Change the" in str(was.sections)
    assert "Alter the" in str(now.sections)
    for name, version in ((loops, "0123"), (TopicId("python.magic"), "")):
        with pytest.raises(NotFound):
            await course.read_lesson(name, version=version)


@pytest.mark.parametrize("query", ["", "  \n", "\ud800\0"])
async def test_a_query_without_a_word_finds_nothing(course: Course, query: str) -> None:
    assert await course.search(query) == []


@pytest.mark.parametrize(
    "query", ["x" * 100_000, "word " * 20_000, "for i in range(3):\n    print(i)", "a\0b\udfff", "∫"]
)
async def test_any_other_query_is_answered(course: Course, query: str) -> None:
    started = time.process_time()

    found = await course.search(query, k=3)

    assert len(found) == 3
    assert time.process_time() - started < 2


async def test_many_at_once_get_what_each_asked_for(course: Course) -> None:
    queries = [f"question {i} about {'loops' if i % 2 else 'squares'}" for i in range(40)]

    together = await asyncio.gather(*(course.search(query) for query in queries))

    assert together == [await course.search(query) for query in queries]


async def test_a_result_is_the_callers_own(course: Course) -> None:
    first = await course.search("loop")
    first.clear()

    assert await course.search("loop")


async def test_embeddings_are_units_one_a_text(course: Course) -> None:
    vectors = np.array(await course.embed(["a loop", "a square", "a loop"]))

    assert vectors.shape == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0].tolist() == vectors[2].tolist()
    assert await course.embed([]) == []


async def test_topics_and_exercises_are_listed_and_got(course: Course) -> None:
    assert [topic.id for topic in course.list_topics("maths")] == ["maths.algebra.squares"]
    assert len(course.list_topics()) == 3
    assert course.get_topic(TopicId("python.basics.loops")).title == "Loops"
    assert [e.id for e in course.list_exercises(topic=TopicId("python.basics.variables"))] == ["python.basics.double"]
    assert [e.id for e in course.list_exercises(subject="maths")] == ["maths.algebra.square-of-sum"]
    assert course.get_exercise(ExerciseId("python.basics.double")).entry == "double"


async def test_what_is_not_there_is_not_found(course: Course) -> None:
    with pytest.raises(NotFound):
        course.get_topic(TopicId("python.magic"))
    with pytest.raises(NotFound):
        course.get_exercise(ExerciseId("nothing"))
    assert course.list_exercises(topic=TopicId("python.magic")) == []


async def test_a_warm_start_is_quick(course: Course, data_dir: Path, tmp_path: Path, encoder: Encoder) -> None:
    started = time.process_time()

    async with open_course(KnowledgeSettings(), data_dir, tmp_path / "course", encoder=encoder) as again:
        assert again.version == course.version

    assert time.process_time() - started < 1
