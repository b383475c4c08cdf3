"""Programs that are typed to while they run, and programs run on many inputs, on every backend."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.errors import Invalid, QueueFull, TooLarge
from core.ports import Given, Policy, Program, RunResult, Sandbox
from sandbox.gate import on_behalf_of
from sandbox.policy import RUN, TALK

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Person:
    """Sits at a program: reads what it prints, answers, and can leave."""

    def __init__(self) -> None:
        self.screen = b""
        self.pulled = 0
        self._said: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._more = asyncio.Event()

    def look(self, stream: str, data: bytes) -> None:
        self.screen += data
        self._more.set()

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(10):
            while text not in self.screen:
                self._more.clear()
                await self._more.wait()

    def say(self, *lines: bytes) -> None:
        for line in lines:
            self._said.put_nowait(line)

    def end(self) -> None:
        self._said.put_nowait(None)

    async def typed(self) -> AsyncIterator[bytes]:
        while (line := await self._said.get()) is not None:
            yield line

    async def flood(self, piece: bytes) -> AsyncIterator[bytes]:
        while True:
            self.pulled += 1
            yield piece


def start(sandbox: Sandbox, code: str, person: Person, policy: Policy = TALK) -> "asyncio.Task[RunResult]":
    return asyncio.ensure_future(sandbox.run(Program(code=code), policy, person.look, person.typed()))


async def is_idle(sandbox: Sandbox) -> bool:
    """Whether a program still finds its place."""
    return (await sandbox.run(Program(code="print('free')"))).stdout == "free\n"


async def test_a_prompt_is_seen_before_it_is_answered(sandbox: Sandbox) -> None:
    person = Person()
    task = start(sandbox, "name = input('Name? ')\nprint('Hello,', name)", person)

    await person.until(b"Name? ")
    assert person.screen == b"Name? "
    person.say(b"Ada\n")
    result = await task

    assert (result.status, result.stdout) == ("ok", "Name? Hello, Ada\n")


async def test_a_hundred_lines_are_answered_one_by_one(sandbox: Sandbox) -> None:
    person = Person()
    task = start(sandbox, "for _ in range(100):\n    print('<' + input() + '>')", person)

    for i in range(100):
        person.say(f"line {i}\n".encode())
        await person.until(f"<line {i}>".encode())
    result = await task

    assert result.stdout == "".join(f"<line {i}>\n" for i in range(100))


async def test_the_end_of_the_input_is_the_end_of_the_file(sandbox: Sandbox) -> None:
    person = Person()
    person.say(b"1\n2", b"\n3")
    person.end()

    result = await start(sandbox, "import sys\nprint(sum(map(int, sys.stdin)))\ninput()", person)

    assert result.stdout == "6\n"
    assert result.raised is not None
    assert result.raised.type == "EOFError"


async def test_what_the_program_was_given_comes_before_what_is_typed(sandbox: Sandbox) -> None:
    person = Person()
    person.say(b"typed\n")

    result = await sandbox.run(
        Program(code="print(input(), input())", stdin="given\n"), TALK, person.look, person.typed()
    )

    assert result.stdout == "given typed\n"


async def test_odd_bytes_go_both_ways_as_they_are(sandbox: Sandbox) -> None:
    person = Person()
    person.say(b"\xff\x00\xf0\x9f\n", b"\x98\x80\n")
    code = "import sys\nfor _ in range(2): sys.stdout.buffer.write(sys.stdin.buffer.readline()[::-1])\nprint(repr(input()))"
    person.say(b"\xc3\n")

    result = await start(sandbox, code, person)

    assert person.screen == b"\n\x9f\xf0\x00\xff\n\x80\x98'\\udcc3'\n"
    assert result.status == "ok"


async def test_leaving_kills_the_program_at_once(sandbox: Sandbox) -> None:
    people = [Person() for _ in range(3)]
    tasks = [start(sandbox, "print('ready', flush=True)\ninput()", person) for person in people]
    for person in people:
        await person.until(b"ready")

    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(end, asyncio.CancelledError) for end in ended)
    assert await is_idle(sandbox)


async def test_who_fails_while_typing_kills_the_program_and_is_told_why(sandbox: Sandbox) -> None:
    async def typed() -> AsyncIterator[bytes]:
        yield b"x\n"
        raise ConnectionResetError("left")

    with pytest.raises(ConnectionResetError, match="left"):
        await sandbox.run(Program(code="while True: input()"), TALK, None, typed())
    assert await is_idle(sandbox)


async def test_people_who_think_do_not_hold_up_those_who_run(sandbox: Sandbox) -> None:
    people = [Person() for _ in range(4)]
    tasks = [start(sandbox, "print('ready', flush=True)\ninput()", person) for person in people]
    for person in people:
        await person.until(b"ready")

    assert await is_idle(sandbox)
    for person in people:
        person.say(b"\n")
    assert [result.status for result in await asyncio.gather(*tasks)] == ["ok"] * 4


async def test_one_student_cannot_take_every_seat(sandbox: Sandbox) -> None:
    people = [Person() for _ in range(2)]
    with on_behalf_of("greedy"):
        tasks = [start(sandbox, "print('ready', flush=True)\ninput()", person) for person in people]
        for person in people:
            await person.until(b"ready")
        with pytest.raises(QueueFull):
            await start(sandbox, "input()", Person())
    for person in people:
        person.end()
    await asyncio.gather(*tasks)
    last = Person()
    last.say(b"\n")
    with on_behalf_of("greedy"):
        assert (await start(sandbox, "input()", last)).status == "ok"


async def test_a_silent_program_ends_at_the_idle_limit_and_says_so(sandbox: Sandbox) -> None:
    result = await start(sandbox, "input('? ')", Person(), replace(TALK, idle_s=0.5))

    assert (result.status, result.stdout) == ("timeout", "? ")
    assert result.raised is not None
    assert "nothing was typed" in result.raised.message


async def test_a_busy_program_outlives_the_idle_limit_and_not_the_whole(sandbox: Sandbox) -> None:
    code = "import time\nwhile True:\n    print('.', flush=True)\n    time.sleep(0.1)"

    result = await start(sandbox, code, Person(), replace(TALK, idle_s=0.5, wall_s=1.5))

    assert result.status == "timeout"
    assert result.raised is not None
    assert "1.5 s" in result.raised.message


async def test_waiting_is_free_and_the_processor_is_not(sandbox: Sandbox) -> None:
    started = time.monotonic()

    result = await start(sandbox, "while True: pass", Person(), replace(TALK, cpu_s=0.5))

    assert result.status == "timeout"
    assert time.monotonic() - started < 10


async def test_a_flood_from_the_program_is_cut_and_ended(sandbox: Sandbox) -> None:
    person = Person()

    result = await start(sandbox, "while True: print('x' * 1000)", person, replace(TALK, output_bytes_max=10_000))

    assert result.status == "output_limit"
    assert len(person.screen) == 10_000


async def test_who_types_faster_than_the_program_reads_is_held_back(sandbox: Sandbox) -> None:
    person = Person()

    result = await sandbox.run(
        Program(code="import time; time.sleep(0.7)"), TALK, person.look, person.flood(b"x" * 10_000)
    )

    assert result.status == "ok"
    assert person.pulled < 60  # a pipe's worth, and what the wires hold


async def test_more_than_the_policy_lets_in_is_refused_and_kills_the_program(sandbox: Sandbox) -> None:
    person = Person()

    with pytest.raises(TooLarge):
        await sandbox.run(
            Program(code="import sys\nfor line in sys.stdin.buffer: pass"),
            replace(TALK, input_bytes_max=100_000), person.look, person.flood(b"x" * 10_000),
        )  # fmt: skip
    assert person.pulled == 11
    assert await is_idle(sandbox)


async def test_a_program_that_closes_its_input_or_ends_early_stops_nobody(sandbox: Sandbox) -> None:
    for code in (
        "import os\nos.close(0)\nprint('deaf')",
        "print('deaf')",
        "import sys\nsys.stdin.close()\nprint('deaf')",
    ):
        person = Person()

        result = await sandbox.run(Program(code=code), TALK, person.look, person.flood(b"x" * 10_000))

        assert (result.status, result.stdout) == ("ok", "deaf\n")


async def test_a_closed_input_can_be_typed_at_for_as_long_as_the_program_runs(sandbox: Sandbox) -> None:
    person = Person()
    code = "import os, time\nos.close(0)\ntime.sleep(0.5)\nprint('deaf')"

    result = await sandbox.run(
        Program(code=code), replace(TALK, input_bytes_max=32 << 20), person.look, _slowly(b"x" * 10_000)
    )

    assert (result.status, result.stdout) == ("ok", "deaf\n")


async def _slowly(piece: bytes) -> AsyncIterator[bytes]:
    while True:
        await asyncio.sleep(0.01)
        yield piece


async def test_a_crash_while_being_typed_to_is_an_ordinary_result(sandbox: Sandbox) -> None:
    person = Person()
    person.say(b"0\n")

    result = await start(sandbox, "print(1 / int(input('n: ')))", person)

    assert result.raised is not None
    assert (result.raised.type, result.raised.line) == ("ZeroDivisionError", 1)


# --- batches -------------------------------------------------------------------------------------------------------


async def test_a_batch_gives_a_whole_result_for_each_input_in_order(sandbox: Sandbox) -> None:
    program = Program(code="import sys, tool\nprint(tool.double(int(input())), sys.argv[1:])", files={"tool.py": b"def double(n): return 2 * n"})  # fmt: skip

    results = await sandbox.run_many(program, [Given(stdin=f"{n}\n", args=(str(n),)) for n in range(10)])

    assert [result.stdout for result in results] == [f"{2 * n} ['{n}']\n" for n in range(10)]
    assert all(result.level == sandbox.level for result in results)


async def test_one_that_hangs_and_one_that_crashes_cost_the_others_nothing(sandbox: Sandbox) -> None:
    code = "import os\nword = input()\nif word == 'hang':\n    while True: pass\nif word == 'crash': os.abort()\nprint(word)"
    inputs = [Given(stdin=word) for word in ("a", "hang", "b", "crash", "c")]

    results = await sandbox.run_many(Program(code=code), inputs, replace(RUN, wall_s=0.7, cpu_s=0.7))

    assert [result.stdout for result in results] == ["a\n", "", "b\n", "", "c\n"]
    assert results[1].status == "timeout"
    assert results[3].status not in ("ok", "timeout")


async def test_inputs_of_a_batch_share_nothing(sandbox: Sandbox) -> None:
    code = "import os, math\nprint(os.path.exists('mark'), hasattr(math, 'mark'))\nopen('mark', 'w')\nmath.mark = 1"

    results = await sandbox.run_many(Program(code=code), [Given()] * 4)

    assert {result.stdout for result in results} == {"False False\n"}


async def test_a_batch_is_bounded_and_may_be_empty(sandbox: Sandbox) -> None:
    with pytest.raises(Invalid):
        await sandbox.run_many(Program(code=""), [Given()] * 201)
    assert await sandbox.run_many(Program(code=""), []) == ()


async def test_leaving_a_batch_kills_it(sandbox: Sandbox) -> None:
    batch = sandbox.run_many(Program(code="while True: pass"), [Given()] * 8, replace(RUN, wall_s=60, cpu_s=60))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(batch, 0.7)
    started = time.monotonic()

    assert await is_idle(sandbox)
    assert time.monotonic() - started < 5
