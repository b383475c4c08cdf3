"""The curriculum as rows, so that records can speak of modules, topics, exercises and quizzes by join."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from core import db
from core.ports import Exercise, Question, Topic


async def sync_courses(pool: db.Pool, topics: Sequence[Topic], exercises: Sequence[Exercise]) -> None:
    """Make the tables say what the curriculum says, in one transaction; again changes nothing. What the curriculum no
    longer holds stays, inactive, for the attempts that name it."""
    tables = {
        "modules": _modules(topics),
        "topics": [_topic(topic) for topic in topics],
        "exercises": [_exercise(exercise) for exercise in exercises],
        "quizzes": [_quiz(topic, n, question) for topic in topics for n, question in enumerate(topic.quiz)],
    }
    async with db.transaction(pool) as conn:
        await conn.execute(db.sql("learning/lock_courses"))
        for table, found in tables.items():
            await conn.execute(db.sql(f"learning/sync_{table}"), {"rows": Jsonb(found)})


def _modules(topics: Sequence[Topic]) -> list[dict[str, Any]]:
    """In the order of their first topics."""
    first: dict[str, Topic] = {}
    for topic in sorted(topics, key=lambda topic: topic.order):
        first.setdefault(topic.module, topic)
    return [
        {"id": topic.module, "title": topic.module_title, "subject": topic.subject, "position": position}
        for position, topic in enumerate(first.values())
    ]


def _topic(topic: Topic) -> dict[str, Any]:
    return {
        "id": topic.id,
        "module_id": topic.module,
        "subject": topic.subject,
        "title": topic.title,
        "summary": topic.summary,
        "objectives": topic.objectives,
        "skills": topic.skills,
        "prerequisites": topic.prerequisites,
        "position": topic.order,
    }


def _exercise(exercise: Exercise) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "topic_id": exercise.topic,
        "subject": exercise.subject,
        "title": exercise.title,
        "statement": exercise.statement,
        "skills": exercise.skills,
        "difficulty": exercise.difficulty,
    }


def _quiz(topic: Topic, position: int, question: Question) -> dict[str, Any]:
    options = [{"label": option.label, "correct": option.correct, "why": option.why} for option in question.options]
    return {
        "id": question.id,
        "topic_id": topic.id,
        "prompt": question.prompt,
        "options": options,
        "skill": question.skill,
        "position": position,
    }
