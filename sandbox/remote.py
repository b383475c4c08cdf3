"""The remote backend: programs run on a sandbox host, which many servers share."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.errors import Invalid, QueueFull, SandboxUnavailable, TooLarge
from core.ports import Given, Grade, OnOutput, Policy, Program, RunResult, Test, Trace, Typed
from core.settings import SandboxSettings
from sandbox import batch, codec
from sandbox.backend import Job
from sandbox.gate import whose
from sandbox.policy import GRADE, RUN, TALK, TRACE
from sandbox.service import check_names
from sandbox.typist import Typist

if TYPE_CHECKING:
    import httpx
    from websockets.asyncio.client import ClientConnection

_CONNECT_S = 3.0
_QUEUE_S = 30.0  # a host's queue is short; who waits longer has lost its answer
_CONNECTIONS_MAX = 200
_MESSAGE_BYTES_MAX = 64 * 1024 * 1024  # a result with all its files and figures


@asynccontextmanager
async def open_remote(settings: SandboxSettings) -> AsyncIterator["Remote"]:
    """Raises SandboxUnavailable when address or token is not set. A host that is down now may come back later: until
    then every program is refused, and `level` says so."""
    import httpx

    if settings.url is None or settings.token is None:
        raise SandboxUnavailable(
            "backend=remote needs LEARNFLOW_SANDBOX__URL and LEARNFLOW_SANDBOX__TOKEN, the same as on the sandbox host"
        )
    token = settings.token.get_secret_value()
    async with httpx.AsyncClient(
        base_url=settings.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False,
        limits=httpx.Limits(max_connections=_CONNECTIONS_MAX, max_keepalive_connections=20),
    ) as client:  # fmt: skip
        remote = Remote(client, settings.url, token)
        with suppress(SandboxUnavailable):
            await remote.look()
        yield remote


class Remote:
    """Implements `core.ports.Sandbox`."""

    def __init__(self, client: "httpx.AsyncClient", url: str, token: str) -> None:
        self._client = client
        self._url = url
        self._key = token.encode()
        self._level = f"none: the sandbox host at {url} has not answered yet"

    @property
    def level(self) -> str:
        return self._level

    async def look(self) -> None:
        """Ask the host how it isolates. Raises SandboxUnavailable."""
        facts = await self._ask("GET", "/health", None, _CONNECT_S)
        self._level = _level(facts.get("level"))

    async def run(
        self,
        program: Program,
        policy: Policy | None = None,
        on_output: OnOutput | None = None,
        typed: Typed | None = None,
    ) -> RunResult:
        """Raises as `sandbox.service.Service.run` does."""
        check_names(program)
        body = {"program": codec.show_program(program), "policy": codec.show(policy), "stream": on_output is not None}
        if typed is None:
            return await self._result(self._lines("/run", body, (policy or RUN).wall_s), on_output)
        job = Job(kind="run", policy=policy or TALK, live=True)  # the host types the program's own stdin
        return await self._result(self._talk(body, job, typed), on_output)

    async def run_many(
        self, program: Program, inputs: Sequence[Given], policy: Policy | None = None
    ) -> tuple[RunResult, ...]:
        """Raises as `sandbox.service.Service.run_many` does. The program goes to one host, once."""
        check_names(program)
        batch.check(inputs)
        body = {
            "program": codec.show_program(program), "policy": codec.show(policy), "inputs": codec.show_inputs(inputs),
        }  # fmt: skip
        seconds = (policy or RUN).wall_s * len(inputs)
        results = codec.read(codec.RUNS, await self._ask("POST", "/run-many", body, seconds))
        return tuple(self._named(result) for result in results)

    async def _result(self, events: AsyncGenerator[Any, None], on_output: OnOutput | None) -> RunResult:
        """The last of `events`; those before it are shown."""
        async with aclosing(events):
            return await self._last(events, on_output)

    async def _last(self, events: AsyncGenerator[Any, None], on_output: OnOutput | None) -> RunResult:
        async for event in events:
            match event:
                case {"stream": "stdout" | "stderr" as stream, "data": bytes(data)} if on_output is not None:
                    on_output(stream, data)
                case {"result": result}:
                    return self._named(codec.read(codec.RUN, result))
                case {"problem": problem}:
                    raise _failure(503, problem, self._url)
        raise SandboxUnavailable("the sandbox host broke off")

    async def grade(self, program: Program, tests: Sequence[Test], policy: Policy | None = None) -> Grade:
        """Raises as `sandbox.service.Service.grade` does."""
        check_names(program)
        body = {
            "program": codec.show_program(program), "policy": codec.show(policy),
            "tests": [codec.show(test) for test in tests],
        }  # fmt: skip
        seconds = 3 * (policy or GRADE).wall_s  # inputs, the program, checks
        grade = codec.read(codec.GRADE, await self._ask("POST", "/grade", body, seconds))
        return replace(grade, run=self._named(grade.run))

    async def trace(self, program: Program, policy: Policy | None = None) -> Trace:
        """Raises as `sandbox.service.Service.trace` does."""
        check_names(program)
        body = {"program": codec.show_program(program), "policy": codec.show(policy)}
        trace = codec.read(codec.TRACE, await self._ask("POST", "/trace", body, (policy or TRACE).wall_s))
        return replace(trace, run=self._named(trace.run))

    def _named(self, result: RunResult) -> RunResult:
        self._level = _level(result.level)
        return replace(result, level=self._level)

    async def _ask(self, method: str, path: str, body: Any, seconds: float) -> Any:
        """One request, one answer."""
        import httpx

        content = None if body is None else codec.dump(body)

        async def request() -> httpx.Response:
            return await self._client.request(
                method, path, content=content, headers=self._headers(), timeout=_timeout(seconds)
            )

        try:
            try:
                response = await request()
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                response = (
                    await request()
                )  # the host had closed an idle connection; to run a program again harms nobody
        except httpx.HTTPError as error:
            raise self._no_answer(error) from error
        if response.status_code != httpx.codes.OK:
            raise _failure(response.status_code, _problem(response.content), self._url)
        return codec.load(response.content)

    async def _talk(self, body: Any, job: Job, typed: Typed) -> AsyncGenerator[Any, None]:
        """One connection: the program goes out first, then what is typed, each piece when the last has been taken."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, WebSocketException

        headers = {**self._headers(), "Authorization": f"Bearer {self._key.decode()}"}
        url = f"ws{self._url.removeprefix('http').rstrip('/')}/talk"
        typist = None
        try:
            async with connect(
                url, additional_headers=headers, proxy=None, compression=None, open_timeout=_CONNECT_S,
                max_size=_MESSAGE_BYTES_MAX,
            ) as line:  # fmt: skip
                await line.send(codec.dump(body))

                async def send(message: dict[str, Any], piece: bytes) -> None:
                    await (line.close() if message["op"] == "cancel" else line.send(piece))  # an empty piece is the end

                typist = Typist(job, typed, send)
                async with typist:
                    while not _is_last(event := await self._heard(line, job.policy.wall_s)):
                        if event == codec.FED:
                            typist.taken()
                        else:
                            yield event
                yield event
        except InvalidStatus as refused:
            raise _failure(refused.response.status_code, _problem(bytes(refused.response.body)), self._url) from refused
        except (OSError, WebSocketException) as error:  # TimeoutError too
            if typist is not None and error is typist.failure:
                raise
            raise self._no_answer(error) from error

    async def _heard(self, line: "ClientConnection", seconds: float) -> Any:
        async with asyncio.timeout(seconds + _QUEUE_S):
            data = await line.recv()
        return codec.load(data if isinstance(data, bytes) else data.encode())

    async def _lines(self, path: str, body: Any, seconds: float) -> AsyncGenerator[Any, None]:
        """One request, an answer of many lines, each as it comes."""
        import httpx

        for last in (False, True):
            begun = False
            try:
                async with self._client.stream(
                    "POST", path, content=codec.dump(body), headers=self._headers(), timeout=_timeout(seconds)
                ) as response:
                    begun = True
                    if response.status_code != httpx.codes.OK:
                        raise _failure(response.status_code, _problem(await response.aread()), self._url)
                    async for line in response.aiter_lines():
                        yield codec.load(line.encode())
                return
            except httpx.HTTPError as error:
                # before the answer begins, the host may have closed an idle connection: on a new one it can be asked again
                stale = isinstance(error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError)
                if last or begun or not stale:
                    raise self._no_answer(error) from error

    def _headers(self) -> dict[str, str]:
        """The host learns which jobs are one student's, not who that is."""
        student = whose()
        if not student:
            return {}
        return {codec.STUDENT_HEADER: hmac.new(self._key, student.encode(), hashlib.sha256).hexdigest()[:32]}

    def _no_answer(self, error: Exception) -> SandboxUnavailable:
        self._level = f"none: the sandbox host at {self._url} does not answer"
        return SandboxUnavailable(f"the sandbox host at {self._url} does not answer ({type(error).__name__})")


def _is_last(event: Any) -> bool:
    return not isinstance(event, dict) or "result" in event or "problem" in event


def _timeout(seconds: float) -> "httpx.Timeout":
    import httpx

    return httpx.Timeout(seconds + _QUEUE_S, connect=_CONNECT_S, pool=_QUEUE_S)


def _level(level: Any) -> str:
    text = str(level)
    return text if text.startswith("none") else f"remote, {text}"


def _problem(content: bytes) -> Any:
    try:
        return codec.load(content)
    except Invalid:
        return {}


def _failure(status: int, problem: Any, url: str) -> Exception:
    """The host's refusal as what it would have been here."""
    facts = problem if isinstance(problem, dict) else {}
    detail = str(facts.get("detail", ""))[:500]
    slug = str(facts.get("type", "")).rpartition(":")[2]
    match status, slug:
        case _, "queue-full":
            wait_s = facts.get("retry_after_s", 1.0)
            return QueueFull(detail or None, retry_after_s=float(wait_s) if isinstance(wait_s, int | float) else 1.0)
        case 413, _:
            return TooLarge(detail or None)
        case 422, _:
            return Invalid(detail or None)
        case 401, _:
            return SandboxUnavailable(f"the sandbox host at {url} refuses our LEARNFLOW_SANDBOX__TOKEN")
    return SandboxUnavailable(detail or f"the sandbox host at {url} answered {status}")
