"""What only the remote backend promises: who may ask, what a full or absent host says, and that leaving kills."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from core.errors import Invalid, QueueFull, SandboxUnavailable
from core.ports import Policy, Program, Sandbox
from core.settings import SandboxSettings
from sandbox import open_sandbox
from sandbox.gate import on_behalf_of
from sandbox.policy import RUN
from tests.integration.sandbox.hosting import TOKEN, Host, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[3]
PROGRAM = {"program": {"code": {"base64": ""}, "stdin": {"base64": ""}, "args": [], "files": []}}


@asynccontextmanager
async def caller(url: str, token: str = TOKEN) -> AsyncIterator[Sandbox]:
    async with open_sandbox(SandboxSettings(backend="remote", url=url, token=SecretStr(token))) as sandbox:
        yield sandbox


async def test_a_stranger_runs_nothing(host: Host) -> None:
    async with httpx.AsyncClient(base_url=host.url) as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            for path in ("/run", "/run-many", "/grade", "/trace"):
                response = await client.post(path, json=PROGRAM, headers=headers)

                assert response.status_code == 401
                assert response.headers["content-type"] == "application/problem+json"


async def test_a_stranger_talks_with_nothing(host: Host) -> None:
    url = host.url.replace("http", "ws") + "/talk"
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers=headers, proxy=None)

        assert refused.value.response.status_code == 401


async def test_an_unreadable_talk_is_a_problem_and_never_a_fault(host: Host) -> None:
    url = host.url.replace("http", "ws") + "/talk"
    for first in (b"", b"[]", b"{", b'{"program": 1}', json.dumps({**PROGRAM, "policy": {"wall_s": 1e9}})):
        async with connect(url, additional_headers={"Authorization": f"Bearer {TOKEN}"}, proxy=None) as line:
            await line.send(first)

            assert json.loads(await line.recv())["problem"]["status"] == 422


async def test_a_wrong_token_refuses_who_types_as_it_refuses_a_run(host: Host) -> None:
    async def typed() -> AsyncIterator[bytes]:
        yield b"x"

    async with caller(host.url, "another-secret-of-16-characters") as sandbox:
        with pytest.raises(SandboxUnavailable, match="SANDBOX__TOKEN"):
            await sandbox.run(Program(code="pass"), None, None, typed())
    async with caller("http://127.0.0.1:1") as sandbox:
        with pytest.raises(SandboxUnavailable, match="does not answer"):
            await sandbox.run(Program(code="pass"), None, None, typed())


async def test_a_wrong_token_is_told_as_a_broken_setting_and_not_as_the_students_fault(host: Host) -> None:
    async with caller(host.url, "another-secret-of-16-characters") as sandbox:
        with pytest.raises(SandboxUnavailable, match="SANDBOX__TOKEN"):
            await sandbox.run(Program(code="pass"))


async def test_health_names_the_walls(host: Host) -> None:
    async with httpx.AsyncClient(base_url=host.url) as client:
        response = await client.get("/health")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["level"] in host.sandbox.level


async def test_an_unreadable_request_is_a_problem_and_never_a_fault(host: Host) -> None:
    async with httpx.AsyncClient(base_url=host.url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        for body in (b"", b"[]", b"{", b'{"program": 1}', b'{"program": {"code": {"base64": "!"}}}', b"[" * 100_000):
            response = await client.post("/run", content=body)

            assert response.status_code == 422, body[:40]


async def test_limits_that_no_host_should_be_asked_for_are_refused(host: Host) -> None:
    async with caller(host.url) as sandbox:
        with pytest.raises(Invalid):
            await sandbox.run(Program(code="pass"), Policy(wall_s=1e9))


async def test_a_full_queue_answers_503_and_says_when_to_come_back() -> None:
    sleeper = Program(code="import time; time.sleep(0.5)")
    async with serving(SandboxSettings(backend="native", slots=1, queue_max=1)) as host, caller(host.url) as sandbox:
        results = await asyncio.gather(*(sandbox.run(sleeper) for _ in range(4)), return_exceptions=True)
        async with httpx.AsyncClient(base_url=host.url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            busy = [asyncio.create_task(sandbox.run(sleeper)) for _ in range(2)]
            await asyncio.sleep(0.2)
            response = await client.post("/run", json=PROGRAM)
            await asyncio.gather(*busy)

    assert sum(isinstance(result, QueueFull) for result in results) == 2
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1


async def test_one_students_many_programs_do_not_hold_up_another_student() -> None:
    order: list[str] = []

    async def submit(sandbox: Sandbox, student: str) -> None:
        with on_behalf_of(student):
            await sandbox.run(Program(code="import time; time.sleep(0.1)"))
        order.append(student)

    async with serving(SandboxSettings(backend="native", slots=1)) as host, caller(host.url) as sandbox:
        many = [asyncio.create_task(submit(sandbox, "keen")) for _ in range(8)]
        await asyncio.sleep(0.15)
        await submit(sandbox, "patient")
        await asyncio.gather(*many)

    assert order.index("patient") <= 4


async def test_leaving_kills_the_program_on_the_host(host: Host) -> None:
    async with caller(host.url) as sandbox:
        tasks = [asyncio.create_task(sandbox.run(Program(code="while True: pass"), Policy(wall_s=60, cpu_s=60))) for _ in range(2)]  # fmt: skip
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        started = time.monotonic()

        result = await sandbox.run(Program(code="print('free')"), RUN)

    assert result.stdout == "free\n"
    assert time.monotonic() - started < 5.0


async def test_without_a_host_every_program_is_refused_until_it_comes(host: Host) -> None:
    async with caller("http://127.0.0.1:1") as sandbox:
        assert sandbox.level.startswith("none: ")
        with pytest.raises(SandboxUnavailable, match="does not answer"):
            await sandbox.run(Program(code="pass"))


async def test_a_host_that_cannot_isolate_says_so_and_runs_nothing() -> None:
    async with serving(SandboxSettings(backend="remote")) as host, caller(host.url) as sandbox:
        with pytest.raises(SandboxUnavailable, match="needs LEARNFLOW_SANDBOX__URL"):
            await sandbox.run(Program(code="pass"))
        async with httpx.AsyncClient(base_url=host.url) as client:
            response = await client.get("/health")

    assert response.status_code == 503


async def test_address_and_token_are_both_needed() -> None:
    async with open_sandbox(SandboxSettings(backend="remote")) as sandbox:
        assert sandbox.level.startswith("none: backend=remote needs")


async def test_the_command_serves_programs_and_nothing_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"

    with _command("serve", "--role", "sandbox", "--port", str(port), secret=TOKEN) as process:
        try:
            async with httpx.AsyncClient(base_url=url) as client, asyncio.timeout(60):
                await _answering(client)
                tutor = await client.post("/api/v1/query", json={"message": "hello"})
            async with caller(url) as sandbox:
                result = await sandbox.run(Program(code="print(6 * 7)"))
        finally:
            process.terminate()

    assert tutor.status_code == 404
    assert result.stdout == "42\n"


async def test_a_host_without_a_secret_does_not_start() -> None:
    for secret in ("", "short"):
        with _command("serve", "--role", "sandbox", "--port", "0", secret=secret) as process:
            words = (await asyncio.to_thread(process.communicate, timeout=60))[0]

        assert process.returncode != 0
        assert "LEARNFLOW_SANDBOX__TOKEN" in words


def _command(*arguments: str, secret: str) -> "subprocess.Popen[str]":
    environment = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "PATH": os.defpath,
        "LEARNFLOW_SANDBOX__BACKEND": "native", **({"LEARNFLOW_SANDBOX__TOKEN": secret} if secret else {}),
    }  # fmt: skip
    code = "import sys; from cli.main import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def _answering(client: httpx.AsyncClient) -> None:
    while True:
        try:
            await client.get("/health")
            return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
