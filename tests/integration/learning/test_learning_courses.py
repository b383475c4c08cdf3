"""The tables say what the curriculum says."""

import asyncio
from dataclasses import replace
from typing import Any

from core import db
from core.ports import Exercise, ExerciseId, Option, Question, SkillId, Topic, TopicId
from learning.courses import sync_courses

LOOPS = SkillId("python.loops")
TOPIC = Topic(
    id=TopicId("loops"), module="basics", module_title="Basics", subject="python", title="Loops", summary="Again.",
    objectives=("repeat",), skills=(LOOPS,), prerequisites=(), examples=(), pitfalls=(), order=1,
    quiz=(Question(id="q1", prompt="How often?", options=(Option(label="3", correct=True, why="0, 1, 2"),), skill=LOOPS),),
    exercises=(ExerciseId("sum-list"),),
)  # fmt: skip
EXERCISE = Exercise(
    id=ExerciseId("sum-list"), topic=TOPIC.id, subject="python", title="Sum", statement="Add them.", skills=(LOOPS,),
    difficulty=2, hints=("Begin with 0.",),
)  # fmt: skip


async def test_the_curriculum_arrives_whole(pool: db.Pool) -> None:
    await sync_courses(pool, [TOPIC], [EXERCISE])

    (module,), (topic,), (exercise,), (quiz,) = [
        await _rows(pool, table) for table in ("modules", "topics", "exercises", "quizzes")
    ]
    assert (module["id"], module["title"], module["position"]) == ("basics", "Basics", 0)
    assert (topic["module_id"], topic["skills"], topic["position"]) == ("basics", [LOOPS], 1)
    assert (exercise["topic_id"], exercise["difficulty"], exercise["skills"]) == ("loops", 2, [LOOPS])
    assert quiz["options"] == [{"label": "3", "correct": True, "why": "0, 1, 2"}]


async def test_syncing_again_writes_nothing(pool: db.Pool) -> None:
    await sync_courses(pool, [TOPIC], [EXERCISE])
    before = [await _rows(pool, table) for table in ("modules", "topics", "exercises", "quizzes")]

    await asyncio.gather(*[sync_courses(pool, [TOPIC], [EXERCISE]) for _ in range(4)])

    assert [await _rows(pool, table) for table in ("modules", "topics", "exercises", "quizzes")] == before


async def test_a_change_is_taken_over_and_what_went_is_kept_inactive(pool: db.Pool) -> None:
    await sync_courses(pool, [TOPIC], [EXERCISE])

    await sync_courses(pool, [replace(TOPIC, title="Loops anew", quiz=())], [])

    (topic,), (exercise,), (quiz,) = [await _rows(pool, table) for table in ("topics", "exercises", "quizzes")]
    assert topic["title"] == "Loops anew"
    assert (topic["active"], exercise["active"], quiz["active"]) == (True, False, False)


async def test_what_comes_back_is_active_again(pool: db.Pool) -> None:
    for exercises in ([EXERCISE], [], [EXERCISE]):
        await sync_courses(pool, [TOPIC], exercises)

    (exercise,) = await _rows(pool, "exercises")
    assert exercise["active"]


async def _rows(pool: db.Pool, table: str) -> list[dict[str, Any]]:
    async with db.connection(pool) as conn:
        found = await conn.execute(f"select * from {table} order by id".encode())
        return await found.fetchall()
