"""A student's session, played against a running system: nothing in it is recorded, every answer is worked out now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule

from cli.client import Client, answers
from cli.serve import running_server
from cli.show import Screen
from cli.users import open_client, server_url
from core.ports import Exercise
from core.settings import Settings

_BUGGY = """
def average(numbers):
    total = 0
    for i in range(len(numbers) + 1):
        total = total + numbers[i]
    return total / len(numbers)

print(average([4, 8, 6]))
"""


async def demo(settings: Settings, *, url: str | None, fast: bool) -> None:
    """All scenes in order. Raises what the server refuses."""
    console = Console()
    async with AsyncExitStack() as stack:
        where = await stack.enter_async_context(_server(settings, url, console))
        student = await stack.enter_async_context(await open_client(settings, url=where, email=None))
        teacher = await stack.enter_async_context(await open_client(settings, url=where, email=None, teacher=True))
        play = _Play(console, student, pause_s=0 if fast else 1.2)

        await play.scene("A question about the course")
        await play.ask("What is the difference between a list and a tuple?")

        await play.scene("A program that does not work")
        await play.ask("Why does my program crash?", code=_BUGGY)

        await play.scene("An exercise, got wrong")
        exercise = await play.exercise("Can I have an exercise on for loops?")
        for number, mistake in enumerate(_mistakes(exercise), start=1):
            await play.submit(exercise, mistake, f"Attempt {number}")
        await play.ask("I am stuck. Can I have a hint?")

        await play.scene("… and right")
        await play.submit(exercise, exercise.correct[0] if exercise.correct else exercise.reference, "Now I have it!")

        await play.scene("Mathematics, checked by algebra")
        await play.ask("Is the derivative of x^2 sin(x) equal to 2x cos(x)?")
        await play.ask("Is it 2x sin(x) + x^2 cos(x) then? The question was the derivative of x^2 sin(x).")

        await play.scene("How it goes")
        await play.ask("How am I doing?")

        await play.scene("Meanwhile, at the teacher's desk")
        await _alerts(console, teacher)


@asynccontextmanager
async def _server(settings: Settings, url: str | None, console: Console) -> AsyncIterator[str | None]:
    """The server to play against: the one named, the one that runs, or one started for the time of the play."""
    if url is not None or await answers(server_url(settings)):
        yield url
        return
    console.print("[dim]No server is running; starting one for the time of the play.[/dim]")
    async with running_server(settings) as started:
        yield started


class _Play:
    def __init__(self, console: Console, client: Client, pause_s: float) -> None:
        self.console = console
        self.client = client
        self.pause_s = pause_s

    async def scene(self, title: str) -> None:
        self.console.print()
        self.console.print(Rule(f"[bold]{title}[/bold]"))
        await asyncio.sleep(self.pause_s)

    async def ask(self, message: str, code: str | None = None) -> dict[str, Any]:
        body = {"message": message, **({"code": code} if code else {})}
        return await self._turn("/api/v1/query", message, code, body)

    async def exercise(self, message: str) -> Exercise:
        from knowledge.content import load_curriculum
        from knowledge.index import SHIPPED

        answer = await self.ask(message)
        bank = {one.id: one for one in load_curriculum(SHIPPED).exercises}
        return bank[answer["exercise"]]

    async def submit(self, exercise: Exercise, code: str, words: str) -> None:
        await self._turn(f"/api/v1/exercises/{exercise.id}/submit", words, code, {"code": code})

    async def _turn(self, path: str, message: str, code: str | None, body: dict[str, Any]) -> dict[str, Any]:
        screen = Screen(self.console)
        screen.student(message, code)
        async for event in self.client.ask(path, **body):
            screen.show(event)
        await asyncio.sleep(self.pause_s)
        return screen.answer


def _mistakes(exercise: Exercise) -> list[str]:
    """Four wrong tries of real kinds: enough for any teacher to want to know."""
    wrong = [mistake.answer for mistake in exercise.mistakes] or [exercise.starter]
    return [wrong[n % len(wrong)] for n in range(4)]


async def _alerts(console: Console, teacher: Client) -> None:
    page = await teacher.call("GET", "/api/v1/alerts", params={"status": "open"})
    if not page["items"]:
        console.print("[dim]No alert is open.[/dim]")
    for alert in page["items"][:3]:
        body = f"{alert['reason']}\n\n[bold]What to do:[/bold] {alert['advice']}"
        title = f"⚠ {alert['student_name']} · {alert['severity']}"
        console.print(Panel(body, title=title, title_align="left", border_style="yellow"))
        await teacher.call("POST", f"/api/v1/alerts/{alert['id']}/resolve")
    if page["items"]:
        console.print("[dim]The teacher has talked with the student and resolves it.[/dim]")
