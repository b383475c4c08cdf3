"""One progress bar for long work: what, how far, how fast, how long still."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Bar:
    """Appears with the first step that is shown and goes when it is closed."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,  # a log would get an empty line instead
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def show(self, done: int, total: int, what: str, note: str = "") -> None:
        """From any thread; `note` stands in place of the speed."""
        if what not in self._tasks:
            self._progress.start()
            self._tasks[what] = self._progress.add_task(what, total=total, rate="")
        task = self._progress.tasks[self._tasks[what]]
        rate = note or (f"{task.speed:.0f}/s" if task.speed else "")
        self._progress.update(self._tasks[what], completed=done, total=total, rate=rate)

    def close(self) -> None:
        self._progress.stop()
