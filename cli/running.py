"""What every verb of the command begins with: settings that are sound, and a loop to run in."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from core.settings import Settings

errors = Console(stderr=True)
T = TypeVar("T")


def read_settings() -> Settings:
    """Raises typer.Exit with each fault told by the variable's name."""
    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors():
            name = "LEARNFLOW_" + "__".join(str(part) for part in fault["loc"]).upper()
            errors.print(f"[red]✗[/red] {name}: {fault['msg']}", highlight=False)
        raise typer.Exit(2) from None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Ctrl-C cancels the work, lets it end in order, and exits with 130."""
    try:
        import uvloop
    except ImportError:
        runner = asyncio.run
    else:
        runner = uvloop.run
    try:
        return runner(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
