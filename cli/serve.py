"""Starting the server, and saying in plain words what runs."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cli.progress import Bar
from core.errors import Conflict
from core.settings import Settings

if TYPE_CHECKING:
    import uvicorn

    from accounts.people import Demo
    from server import Resources


async def serve(settings: Settings, *, demo: bool) -> None:
    """Serve until interrupted. Raises Conflict when the port is taken."""
    began = time.monotonic()
    console = Console()
    listener = listen(settings.api.host, settings.api.port)
    import server

    with Bar(console) as bar:
        async with server.open_resources(settings, on_progress=bar.show) as resources:
            bar.close()
            people = await resources.people.ensure_demo(settings.data_dir) if demo else None
            url = url_of(listener)
            _say(console, settings, resources, url, time.monotonic() - began)
            if people is not None:
                _say_demo(console, people, url)
            console.print("\n[dim]Ctrl-C stops it. Nothing is lost: turns that run go on at the next start.[/dim]")
            await http_server(server.make_app(resources)).serve(sockets=[listener])


@asynccontextmanager
async def running_server(settings: Settings) -> AsyncIterator[str]:
    """A server of this process's own on a free port, with demo accounts, while the block lasts; its address."""
    import server

    listener = listen("127.0.0.1", 0)
    with Bar(Console()) as bar:
        async with server.open_resources(settings, on_progress=bar.show) as resources, asyncio.TaskGroup() as tasks:
            bar.close()
            await resources.people.ensure_demo(settings.data_dir)
            http = http_server(server.make_app(resources))
            http.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
            tasks.create_task(http.serve(sockets=[listener]))
            try:
                yield url_of(listener)
            finally:
                http.should_exit = True


def http_server(app: Callable[..., Awaitable[None]]) -> "uvicorn.Server":
    import uvicorn

    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=5)
    return uvicorn.Server(config)


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise Conflict(
            f"cannot listen on {host}:{port} ({error.strerror}). Another server may be running there; "
            "choose another with --port, or --port 0 for any free one."
        ) from error
    return listener


def _say(console: Console, settings: Settings, resources: "Resources", url: str, seconds: float) -> None:
    embedded = settings.database_url is None
    topics, exercises = len(resources.course.list_topics()), len(resources.course.list_exercises())
    rows = {
        "database": f"embedded Postgres in {settings.data_dir.resolve() / 'postgres'}"
        if embedded
        else "Postgres, by DATABASE_URL",
        "course": f"{topics} topics, {exercises} exercises, index {resources.course.version[:12]}",
        "sandbox": resources.sandbox.level,
        "tutor": "offline: no language model is asked" if settings.model == "offline" else settings.model,
        "plans": "bought through Stripe"
        if resources.shop.billing.sells
        else "no Stripe key is set: everyone is on the free plan",
        "mail": settings.mail.smtp_host or f"no server is set: letters are files in {resources.outbox}",
        "server": url,
    }
    console.print(f"\n[bold green]LearnFlow is ready[/bold green] [dim]after {seconds:.1f} s[/dim]\n")
    for name, value in rows.items():
        console.print(f"  [bold]{name:<9}[/bold] {value}", highlight=False, soft_wrap=True)


def _say_demo(console: Console, people: "Demo", url: str) -> None:
    for person in (people.student, people.teacher):
        console.print(f"  [bold]{person.role:<9}[/bold] {person.email}, password {people.password}", highlight=False)
    command = Path(sys.argv[0]).resolve()
    console.print("\nAsk it something:\n")
    curl = (
        f"curl -N {url}/api/v1/query -H 'Content-Type: application/json' -H 'Accept: text/event-stream' "
        f'-H "Authorization: Bearer $({command} token)" -d \'{{"message": "What is a for loop?"}}\''
    )
    console.print(curl, markup=False, highlight=False, soft_wrap=True)
