"""The log says what happened and where, and never what a person wrote."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import DatabaseUnavailable, Invalid
from core.log import logger, open_logging
from core.settings import TelemetrySettings
from core.telemetry import incoming

CANARY = "canary"


@pytest.fixture(params=[True, False], ids=["json", "words"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    with open_logging(TelemetrySettings(log_json=request.param, log_level="debug"), stream):
        yield stream


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    with open_logging(TelemetrySettings(log_json=True), stream):
        yield stream


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def fail_on(word: str) -> None:
    try:
        raise KeyError(f"{word} inside")
    except KeyError as error:
        raise ValueError(f"the student wrote {word}") from error


def test_a_line_is_one_json_object_with_its_facts(lines: io.StringIO) -> None:
    logger("turns").info("turn.done", turn="t-1", seconds=1.25, cached=False)

    (line,) = read(lines)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info", "room": "turns", "event": "turn.done", "turn": "t-1", "seconds": 1.25, "cached": False,
    }  # fmt: skip


def test_lines_of_one_request_carry_its_trace_id(lines: io.StringIO) -> None:
    with incoming({}) as trace:
        logger("api").info("api.request")
        logging.getLogger("some.library").warning("slow by %d s", 3)
    logger("api").info("api.idle")

    assert [line.get("trace_id") for line in read(lines)] == [trace, trace, None]


def test_lines_below_the_level_are_not_written(lines: io.StringIO) -> None:
    logger("turns").debug("turn.step")
    logging.getLogger("some.library").info("hello %s", "you")

    assert lines.getvalue() == ""


@pytest.mark.parametrize("name", ["message", "code", "password", "token", "authorization", "stdout", "student_answer"])
def test_private_facts_are_withheld_even_when_short(written: io.StringIO, name: str) -> None:
    logger("agents").info("agent.ran", **{name: CANARY})

    assert CANARY not in written.getvalue()
    assert name in written.getvalue()


def test_free_text_is_withheld_under_any_name(written: io.StringIO) -> None:
    logger("agents").info("agent.ran", note=f"why is my {CANARY} wrong?")

    assert CANARY not in written.getvalue()


def test_our_own_reason_is_shown(written: io.StringIO) -> None:
    logger("sandbox").warning("sandbox.refused", reason="no user namespaces on this machine")

    assert "no user namespaces on this machine" in written.getvalue()


def test_of_an_exception_types_and_places_are_shown_but_no_values(written: io.StringIO) -> None:
    try:
        fail_on(CANARY)
    except ValueError as error:
        logger("agents").error("agent.failed", failure=error)

    text = written.getvalue()
    assert CANARY not in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert "test_log.py" in text
    assert "fail_on" in text


def test_an_exception_group_shows_what_is_inside(written: io.StringIO) -> None:
    group = ExceptionGroup(CANARY, [ValueError(CANARY), Invalid(CANARY)])

    logger("agents").error("agent.failed", failure=group)

    assert CANARY not in written.getvalue()
    assert "Invalid" in written.getvalue()


def test_what_our_services_say_of_themselves_is_shown(written: io.StringIO) -> None:
    logger("core").error("db.lost", failure=DatabaseUnavailable("no connection within the time limit"))
    logger("core").error("disk.full", failure=OSError(28, "No space left on device", f"/{CANARY}.py"))

    assert "no connection within the time limit" in written.getvalue()
    assert "No space left on device" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_a_librarys_line_shows_what_its_programmer_wrote_only(written: io.StringIO) -> None:
    library = logging.getLogger("some.library")

    library.warning("could not parse %r", CANARY)
    library.warning(f"could not parse {CANARY}")
    library.error("failed", exc_info=ValueError(CANARY))

    text = written.getvalue()
    assert CANARY not in text
    assert "could not parse %r" in text
    assert "(withheld) test_log:" in text


def test_a_servers_own_lines_are_filled_in(written: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Uvicorn running on %s://%s:%d", "http", "127.0.0.1", 8000)
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "1.2.3.4", "GET", f"/concepts?q={CANARY}")

    assert "Uvicorn running on http://127.0.0.1:8000" in written.getvalue()
    assert CANARY not in written.getvalue()


async def test_a_lost_tasks_exception_is_not_quoted(written: io.StringIO) -> None:
    loop = asyncio.get_running_loop()

    async def lost() -> None:
        raise ValueError(CANARY)

    task = loop.create_task(lost())
    await asyncio.wait([task])
    del task
    await asyncio.sleep(0)

    assert "Task exception was never retrieved" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_a_line_cannot_be_forged_from_inside_another(written: io.StringIO) -> None:
    logger("api").warning("api.refused", reason="bad\n2026-01-01 error admin signed in \x1b[31m")
    logging.getLogger("uvicorn.error").warning("path %s", "/x\nerror forged")

    assert len(written.getvalue().splitlines()) == 2
    assert "\x1b" not in written.getvalue()


def test_a_line_that_cannot_be_written_shows_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()

    with open_logging(TelemetrySettings(), stream):  # here, because pytest's own handler insists on filling in
        logging.getLogger("uvicorn.error").warning("broken %d", CANARY)
        logging.getLogger("some.library").warning("broken %s %s", CANARY)

    assert "a line of uvicorn.error could not be written" in stream.getvalue()
    assert "broken %s %s" in stream.getvalue()
    assert CANARY not in stream.getvalue() + "".join(capsys.readouterr())


def test_closing_gives_logging_back_as_it_was() -> None:
    root = logging.getLogger()
    before = root.handlers, root.level, logging.getLogger("uvicorn").level

    with open_logging(TelemetrySettings(), io.StringIO()):
        pass

    assert (root.handlers, root.level, logging.getLogger("uvicorn").level) == before
