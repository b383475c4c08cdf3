"""The course that we ship is whole: what every topic and every exercise must have."""

from collections import Counter

from knowledge.content import load_curriculum
from knowledge.index import SHIPPED


def test_every_topic_we_ship_has_a_whole_quiz_and_exercises_at_three_difficulties() -> None:
    course = load_curriculum(SHIPPED)

    levels = Counter((exercise.topic, exercise.difficulty) for exercise in course.exercises)
    assert [topic.id for topic in course.topics if len(topic.quiz) != 5] == []
    assert [topic.id for topic in course.topics if any(not levels[topic.id, n] for n in (1, 2, 3))] == []
    assert [e.id for e in course.exercises if len(e.hints) != 3 or not e.mistakes] == []
    assert [e.id for e in course.exercises if e.subject == "python" and len(e.correct) < 2] == []
    assert [e.id for e in course.exercises if e.answer is not None and len(e.answer.working) < 2] == []


def test_every_python_exercise_has_examples_and_a_property() -> None:
    course = load_curriculum(SHIPPED)

    kinds = {e.id: {test.mode == "property" for test in e.tests} for e in course.exercises if e.subject == "python"}
    assert [name for name, found in kinds.items() if found != {True, False}] == []


def test_every_mathematics_exercise_has_other_numbers_for_other_students() -> None:
    course = load_curriculum(SHIPPED)

    maths = [exercise for exercise in course.exercises if exercise.subject == "maths"]
    same = [e.id for e in maths if all(course.vary(e.id, seed) in (None, e) for seed in range(9))]
    assert same == []


def test_the_course_has_its_modules_and_each_of_python_five_topics() -> None:
    course = load_curriculum(SHIPPED)

    topics = Counter(topic.module for topic in course.topics)
    python = {module.id: topics[module.id] for module in course.modules if module.subject == "python"}
    assert len(python) == 8
    assert min(python.values()) >= 5
    assert sum(topic.subject == "maths" for topic in course.topics) >= 10
    assert [topic.id for topic in course.topics if not (topic.objectives and topic.examples and topic.pitfalls)] == []


def test_every_option_of_a_quiz_says_why() -> None:
    """A verdict alone teaches nothing."""
    course = load_curriculum(SHIPPED)

    options = [(question.id, option.why) for topic in course.topics for question in topic.quiz for option in question.options]  # fmt: skip
    assert [
        name for name, why in options if why.strip(" .!:").casefold() in {"right", "wrong", "yes", "no", "correct"}
    ] == []
