"""The queue before the sandbox: bounded, and fair among students."""

import asyncio

import pytest

from core.errors import QueueFull
from sandbox.gate import Gate, on_behalf_of


async def _work(gate: Gate, student: str, done: list[str]) -> None:
    with on_behalf_of(student):
        async with gate.enter():
            await asyncio.sleep(0)
            done.append(student)


async def test_a_student_with_many_jobs_does_not_make_the_others_wait() -> None:
    gate = Gate(slots=1, queue_max=100)
    done: list[str] = []

    await asyncio.gather(*(_work(gate, student, done) for student in [*"aaaaaaaa", "b", "c"]))

    assert max(done.index("b"), done.index("c")) <= 4
    assert done.count("a") == 8


async def test_one_students_jobs_keep_their_order() -> None:
    gate = Gate(slots=1, queue_max=100)
    done: list[int] = []

    async def work(number: int) -> None:
        async with gate.enter():
            await asyncio.sleep(0)
            done.append(number)

    await asyncio.gather(*(work(number) for number in range(9)))

    assert done == list(range(9))


async def test_when_the_queue_is_full_the_greediest_gives_up_a_place() -> None:
    gate = Gate(slots=1, queue_max=3)
    done: list[str] = []

    results = await asyncio.gather(
        *(_work(gate, student, done) for student in ["a", "a", "a", "a", "b"]), return_exceptions=True
    )

    assert [type(result) for result in results] == [type(None)] * 3 + [QueueFull, type(None)]
    assert "b" in done


async def test_who_has_most_waiting_already_is_refused_at_once() -> None:
    gate = Gate(slots=1, queue_max=2)
    done: list[str] = []

    results = await asyncio.gather(*(_work(gate, "a", done) for _ in range(5)), return_exceptions=True)

    assert [isinstance(result, QueueFull) for result in results] == [False, False, False, True, True]


async def test_whoever_leaves_in_the_moment_of_being_called_passes_the_place_on() -> None:
    gate = Gate(slots=1, queue_max=10)
    done: list[str] = []
    async with gate.enter():
        leaving = asyncio.create_task(_work(gate, "a", done))
        staying = asyncio.create_task(_work(gate, "b", done))
        await asyncio.sleep(0)
    leaving.cancel()

    await asyncio.gather(leaving, staying, return_exceptions=True)

    assert done == ["b"]
    assert (gate.running, gate.waiting) == (0, 0)


@pytest.mark.parametrize("seed", range(5))
async def test_no_place_is_ever_lost_or_taken_twice(seed: int) -> None:
    import random

    chance = random.Random(seed)
    gate, inside, most = Gate(slots=3, queue_max=20), 0, 0

    async def work(student: str, seconds: float) -> None:
        nonlocal inside, most
        with on_behalf_of(student):
            async with gate.enter():
                inside += 1
                most = max(most, inside)
                try:
                    await asyncio.sleep(seconds)
                finally:
                    inside -= 1

    tasks = [asyncio.create_task(work(chance.choice("abc"), chance.random() / 100)) for _ in range(60)]
    for _ in range(30):
        await asyncio.sleep(0.001)
        chance.choice(tasks).cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert most == 3
    assert (gate.running, gate.waiting) == (0, 0)
