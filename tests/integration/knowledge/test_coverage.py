"""What the course does not cover is told from what it does, on texts that are not in the index."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.ports import Topic, TopicId
from core.settings import KnowledgeSettings
from knowledge.content import load_curriculum
from knowledge.course import IndexedCourse, course_of
from knowledge.embed import Encoder, NoEncoder
from knowledge.index import SHIPPED, build, records_of
from knowledge.store import Records
from knowledge.versions import read_live
from tools.search_course import NEAR_ENOUGH, by_reach

# the first test exports the model, which takes a minute where other work fills the cores
pytestmark = pytest.mark.timeout(600)

ELSEWHERE = """
When did the Roman empire fall? | How do I knit a scarf? | Why is the sky blue? | Who wrote Don Quixote?
What is a mortgage? | How do bees make honey? | How do I remove a coffee stain? | What is the offside rule?
How do I tune a violin? | What is a haiku? | How do volcanoes erupt? | What does the heart do?
How do I configure nginx? | What is a Haskell monad? | How do I use flexbox? | What is a foreign key in SQL?
How do I mount a disk on Linux? | What is a topological space? | How do I use Laplace transforms?
How do I apply for a passport? | What should I cook tonight? | How does a microwave oven work?
What is the plural of ox? | Which countries border Austria? | How do I repair a bicycle chain?
"""


@pytest.fixture(scope="module")
def by_words() -> IndexedCourse:
    course = load_curriculum(SHIPPED)
    records = tuple(record for record, _ in records_of(course, "words"))
    return IndexedCourse(
        course,
        NoEncoder(),
        "words",
        Records(records=records, vectors=NoEncoder().encode([record.text for record in records])),
        lacking="a model",
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> IndexedCourse:
    data_dir: Path = tmp_path_factory.mktemp("covered")
    build(KnowledgeSettings(), data_dir, encoder=encoder)
    found = read_live(KnowledgeSettings(), data_dir)
    assert found is not None
    return course_of(found, encoder)


async def share_near_enough(course: IndexedCourse, questions: list[str]) -> float:
    best = [(await course.search(question, k=1))[0].score for question in questions]
    return sum(score >= NEAR_ENOUGH for score in best) / len(best)


async def test_what_the_course_teaches_is_near_enough(course: IndexedCourse) -> None:
    prompts = [question.prompt for topic in course.list_topics() for question in topic.quiz][1::6]
    assert len(prompts) > 40

    assert await share_near_enough(course, prompts) >= 0.93


async def test_what_it_does_not_teach_is_not(course: IndexedCourse) -> None:
    questions = [question.strip() for question in ELSEWHERE.replace("\n", "|").split("|") if question.strip()]
    assert len(questions) == 25

    assert await share_near_enough(course, questions) <= 0.08


async def test_a_question_about_a_function_finds_the_topic_that_teaches_it(course: IndexedCourse) -> None:
    found = [(await course.search(f"what does {name} do", k=1))[0].topic for name in ("print", "input", "range")]

    assert found == ["python.basics.input-output", "python.basics.input-output", "python.control-flow.range-counting"]


async def test_by_words_alone_most_is_told_apart_as_well(by_words: IndexedCourse) -> None:
    prompts = [question.prompt for topic in by_words.list_topics() for question in topic.quiz][1::6]
    questions = [question.strip() for question in ELSEWHERE.replace("\n", "|").split("|") if question.strip()]

    assert await share_near_enough(by_words, prompts) >= 0.85
    assert await share_near_enough(by_words, questions) <= 0.15


async def test_who_asks_about_their_next_lesson_gets_it_first_more_often(course: IndexedCourse) -> None:
    """A student who has met all that a topic builds on, and asks one of its quiz's questions."""
    topics = course.list_topics()
    right = {"as found": 0, "by reach": 0}
    for topic in topics:
        met = built_on(topic, topics)
        for question in topic.quiz[:2]:
            found = await course.search(question.prompt, k=8)
            right["as found"] += found[0].topic == topic.id
            right["by reach"] += by_reach(found, topics, met)[0].topic == topic.id

    assert right["by reach"] >= right["as found"] + 0.03 * 2 * len(topics)


def built_on(topic: Topic, topics: Sequence[Topic]) -> set[TopicId]:
    by_name = {found.id: found for found in topics}
    before = set(topic.prerequisites)
    for name in topic.prerequisites:
        before |= built_on(by_name[name], topics)
    return before
