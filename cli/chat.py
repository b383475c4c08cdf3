"""A tutor in the terminal: lines in, a streamed answer out."""

import asyncio
from pathlib import Path

from rich.console import Console

from cli.client import Client
from cli.show import Screen
from cli.users import open_client
from core.errors import Invalid, LearnFlowError
from core.settings import Settings

_PROMPT = "\n[bold cyan]you ›[/bold cyan] "


async def chat(settings: Settings, *, url: str | None, email: str | None) -> None:
    """Until /quit or the end of input."""
    console = Console()
    async with await open_client(settings, url=url, email=email) as client:
        console.print("Ask away. [dim]/code FILE · /submit FILE · /new · /quit[/dim]")
        code: str | None = None
        while (line := await asyncio.to_thread(_read, console)) is not None:
            try:
                code = await _answer(client, console, line, code)
            except LearnFlowError as error:
                console.print(f"[red]✗ {error.message}[/red]", highlight=False)


async def _answer(client: Client, console: Console, line: str, code: str | None) -> str | None:
    """One line; returns the program that waits for the next message, if any."""
    verb, _, rest = line.partition(" ")
    match verb:
        case "":
            return code
        case "/new":
            client.thread = None
            return None
        case "/code":
            console.print("[dim]It goes with your next message.[/dim]")
            return _program(rest)
        case "/submit":
            if client.exercise is None:
                raise Invalid("no exercise is open: ask for one first, such as “give me an exercise on loops”")
            await _say(client, console, f"/api/v1/exercises/{client.exercise}/submit", code=_program(rest))
            return None
        case _:
            await _say(client, console, message=line, **({"code": code} if code else {}))
            return None


async def _say(client: Client, console: Console, path: str = "/api/v1/query", **body: object) -> None:
    screen = Screen(console)
    async for event in client.ask(path, **body):
        screen.show(event)


def _program(name: str) -> str:
    try:
        return Path(name.strip()).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"cannot read {name or 'a file without a name'}: {error}") from error


def _read(console: Console) -> str | None:
    lines: list[str] = []
    try:
        while (line := console.input(_PROMPT if not lines else "[dim]… [/dim]")).endswith("\\"):
            lines.append(line[:-1])
    except (EOFError, KeyboardInterrupt):
        return None
    text = "\n".join([*lines, line]).strip()
    return None if text == "/quit" else text
