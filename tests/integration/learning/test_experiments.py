"""Experiments on a real database: who is exposed, what is kept, and what stops them."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from core import db
from core.clock import FakeClock
from core.errors import NotFound
from core.ports import Student, StudentId, TurnId
from learning.trials.definition import Experiment
from learning.trials.outcomes import read_outcomes
from learning.trials.running import Experiments, open_experiments

AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
HARM: dict[str, Any] = {"guards": [{"metric": "degraded", "worse_by": 0.1}]}


def experiment(**changes: Any) -> Experiment:
    base = {"name": "fewer", "about": "Three?", "variants": {"three": {"set": {"knowledge.passages": 3}}}}
    return Experiment.model_validate(base | changes)


def opened(pool: db.Pool, *wanted: Experiment, at: datetime = AT) -> Experiments:
    return Experiments(pool, FakeClock(at), wanted or (experiment(),), check_s=60.0)


async def add_student(pool: db.Pool, name: str, role: str = "student") -> Student:
    async with db.connection(pool) as conn:
        await conn.execute(
            "insert into users (id, email, name, role) values (%s, %s, %s, %s)", (name, name, name, role)
        )
        await conn.execute("insert into threads (id, student_id) values (%s, %s)", (f"th-{name}", name))
    return Student(id=StudentId(name), name=name)


async def add_turn(
    pool: db.Pool, student: Student, number: int = 1, *, problems: bool = False, at: datetime = AT
) -> TurnId:
    turn = f"{student.id}-{number}"
    answer = {"intents": ["concept"], "problems": ["it broke"] if problems else [], "verified": {"ran": 1}, "usage": {}}
    async with db.connection(pool) as conn:
        await conn.execute(
            "insert into turns (id, thread_id, student_id, seq, status, ask, answer, created_at, finished_at) values (%s, %s, %s, %s, 'done', '{}', %s, %s, %s)",
            (turn, f"th-{student.id}", student.id, number, psycopg.types.json.Jsonb(answer), at, at + timedelta(seconds=2)),
        )  # fmt: skip
    return TurnId(turn)


async def expose(
    experiments: Experiments, student: Student, turn: TurnId, knob: str = "knowledge.passages"
) -> dict[str, Any]:
    async with experiments.turn(student, turn) as part:
        part.notice(knob)
        return part.changes


async def kept(pool: db.Pool) -> list[dict[str, Any]]:
    async with db.connection(pool) as conn:
        return await (await conn.execute("select * from exposures order by experiment, student_id")).fetchall()


async def test_an_exposure_is_kept_once_from_any_number_of_servers_and_turns(pool: db.Pool) -> None:
    ada = await add_student(pool, "ada")
    turns = [await add_turn(pool, ada, n, at=AT + timedelta(minutes=n)) for n in (1, 2, 3)]

    for turn in turns:
        await asyncio.gather(*(expose(opened(pool), ada, turn) for _ in range(3)))

    (row,) = await kept(pool)
    assert row["turn_id"] == turns[0]
    assert row["at"] == AT + timedelta(minutes=1)
    assert row["design"] == "control=0.500000 three=0.500000"


async def test_a_turn_that_does_not_use_the_setting_exposes_nobody(pool: db.Pool) -> None:
    ada = await add_student(pool, "ada")

    await expose(opened(pool), ada, await add_turn(pool, ada), knob="model")

    assert await kept(pool) == []


async def test_a_turn_that_breaks_has_had_its_effect(pool: db.Pool) -> None:
    ada = await add_student(pool, "ada")
    turn = await add_turn(pool, ada)

    async def break_down() -> None:
        async with opened(pool).turn(ada, turn) as part:
            part.notice("knowledge.passages")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await break_down()

    assert len(await kept(pool)) == 1


async def test_exposures_are_only_ever_added_to_and_go_with_the_student(pool: db.Pool) -> None:
    ada = await add_student(pool, "ada")
    await expose(opened(pool), ada, await add_turn(pool, ada))

    async with db.connection(pool) as conn:
        with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
            await conn.execute("update exposures set variant = 'other'")
        await conn.execute("delete from users")

    assert await kept(pool) == []


async def test_only_the_roles_and_classes_that_are_named_take_part(pool: db.Pool) -> None:
    ada, tina, bob = (
        await add_student(pool, "ada"),
        await add_student(pool, "tina", "teacher"),
        await add_student(pool, "bob"),
    )
    async with db.connection(pool) as conn:
        await conn.execute("insert into classes (id, name) values ('7b', '7b')")
        await conn.execute("insert into class_members values ('7b', 'ada', 'student'), ('7b', 'tina', 'teacher')")
    experiments = opened(pool, experiment(classes=["7b"]))

    for student in (ada, tina, bob):
        await expose(experiments, student, await add_turn(pool, student))

    assert [row["student_id"] for row in await kept(pool)] == ["ada"]


async def test_whoever_leaves_gets_what_everyone_gets(pool: db.Pool) -> None:
    names = [f"s{n}" for n in range(12)]
    students = [await add_student(pool, name) for name in names]
    experiments = opened(pool)
    for student in students:
        await experiments.take_part(student, False)

    changes = [await expose(experiments, student, await add_turn(pool, student)) for student in students]

    assert not any(changes)
    assert await kept(pool) == []
    assert await experiments.takes_part(students[0]) is False
    await experiments.take_part(students[0], True)
    assert await experiments.takes_part(students[0]) is True
    with pytest.raises(NotFound):
        await experiments.take_part(Student(id=StudentId("nobody"), name=""), False)


async def test_letting_more_students_in_changes_nothing_for_those_who_are_in(pool: db.Pool) -> None:
    students = [await add_student(pool, f"s{n}") for n in range(40)]
    few, many = opened(pool, experiment(traffic=(0, 30))), opened(pool, experiment(traffic=(0, 80)))

    before = {s.id: [p.variant for p in await few._places(s)] for s in students}
    after = {s.id: [p.variant for p in await many._places(s)] for s in students}

    inside = [name for name, places in before.items() if places]
    assert 3 < len(inside) < sum(bool(places) for places in after.values())
    assert all(before[name] == after[name] for name in inside)


async def test_experiments_of_one_layer_never_share_a_student(pool: db.Pool) -> None:
    students = [await add_student(pool, f"s{n}") for n in range(40)]
    both = opened(pool, experiment(traffic=(0, 50)), experiment(name="other", traffic=(50, 100)))

    places = [[place.experiment.name for place in await both._places(student)] for student in students]

    assert {len(found) for found in places} == {1}
    assert {found[0] for found in places} == {"fewer", "other"}


async def run_trial(pool: db.Pool, one: Experiment, count: int, *, harm: float) -> None:
    """Students who come a minute apart; with the variant, `harm` of their turns break."""
    experiments, draw = opened(pool, one), random.Random(7)
    for n in range(count):
        student, at = await add_student(pool, f"s{n}"), AT + timedelta(seconds=n)
        (place,) = await experiments._places(student)
        breaks = place.variant != "control" and draw.random() < harm
        await expose(experiments, student, await add_turn(pool, student, problems=breaks, at=at))


async def test_a_variant_that_does_harm_is_stopped_for_everyone_everywhere(pool: db.Pool) -> None:
    one = experiment(**HARM)
    await run_trial(pool, one, 100, harm=0.9)
    later = AT + timedelta(hours=2)
    here, elsewhere = opened(pool, one, at=later), opened(pool, one, at=later)

    await here.check()
    await elsewhere.check()

    assert "three: degraded is worse than control" in here.stops["fewer"].reason
    assert elsewhere.stops == here.stops
    student = await add_student(pool, "new")
    assert await expose(here, student, await add_turn(pool, student)) == {}
    assert len(await kept(pool)) == 100


async def test_guards_are_watched_while_the_server_runs(pool: db.Pool) -> None:
    one = experiment(**HARM)
    await run_trial(pool, one, 100, harm=0.9)

    async with open_experiments(pool, clock := FakeClock(AT), [one], check_s=0.02) as experiments:
        assert experiments.stops == {}  # no window has closed yet
        clock.advance(7200)
        async with asyncio.timeout(20):
            while not experiments.stops:  # noqa: ASYNC110  nothing tells when it has looked
                await asyncio.sleep(0.02)

    assert "degraded" in experiments.stops["fewer"].reason


async def test_a_harmless_variant_goes_on(pool: db.Pool) -> None:
    one = experiment(**HARM)
    await run_trial(pool, one, 60, harm=0.0)
    experiments = opened(pool, one, at=AT + timedelta(hours=2))

    await experiments.check()

    assert experiments.stops == {}


async def test_a_stop_is_known_at_the_next_start(pool: db.Pool) -> None:
    async with db.connection(pool) as conn:
        await conn.execute("insert into experiment_stops values ('fewer', 'harm', now())")

    async with open_experiments(pool, FakeClock(AT), [experiment()], check_s=60.0) as experiments:
        assert experiments.stops["fewer"].reason == "harm"


async def test_a_student_counts_once_whatever_the_number_of_turns_and_only_when_the_window_has_closed(
    pool: db.Pool,
) -> None:
    ada, bob = await add_student(pool, "ada"), await add_student(pool, "bob")
    experiments = opened(pool)
    for number in range(1, 5):
        turn = await add_turn(pool, ada, number, problems=number == 1, at=AT + timedelta(minutes=number))
        await expose(experiments, ada, turn)
    await add_turn(pool, ada, 9, problems=True, at=AT + timedelta(hours=3))
    await expose(experiments, bob, await add_turn(pool, bob, at=AT + timedelta(hours=4)))

    found = await read_outcomes(pool, "fewer", window_hours=1, until=AT + timedelta(hours=4))

    (outcome,) = found
    assert (outcome.student, outcome.turns, outcome.values["degraded"]) == ("ada", 4, 0.25)
    assert outcome.seconds == (2.0,) * 4


async def test_whoever_met_two_variants_belongs_to_neither(pool: db.Pool) -> None:
    ada = await add_student(pool, "ada")
    turn = await add_turn(pool, ada)
    async with db.connection(pool) as conn:
        for variant in ("control", "three"):
            await conn.execute(
                "insert into exposures values ('fewer', 'ada', %s, 'control=0.5 three=0.5', %s, %s)",
                (variant, turn, AT),
            )

    assert await read_outcomes(pool, "fewer", window_hours=1, until=AT + timedelta(days=1)) == []
