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
