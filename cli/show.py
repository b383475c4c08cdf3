"""How a turn looks in a terminal, event by event."""

from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.panel import Panel
from rich.syntax import Syntax


class Screen:
    """Prints a turn's events as they come: what the tutor does now, its words, what it ran, what changed."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._speaking = False
        self.answer: dict[str, Any] = {}

    def show(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "status":
                self._line(f"[dim]· {event['doing']}[/dim]")
            case "token":
                self._speaking = True
                self.console.print(event["t"], end="", markup=False, highlight=False, soft_wrap=True)
            case "code_result":
                self._line(f"[dim]▶ ran your program in the sandbox: {event['status']}[/dim]")
            case "citation":
                self._line(f"[dim]\\[{event['n']}] {escape(event['title'])}[/dim]")
            case "hint":
                self._line(f"[yellow]💡 hint {event['level']} of {event['of']}[/yellow]")
            case "mastery":
                self._line(mastery_line(event))
            case "achievement":
                self._line(f"[green]★ {escape(event['title'])}[/green] {escape(event['words'])}")
            case "problem":
                self._line(f"[red]✗ {event['problem'].get('detail') or event['problem'].get('title')}[/red]")
            case "done":
                self.answer = event["answer"]
                self._line("")

    def student(self, words: str, code: str | None = None) -> None:
        """What the student says, before the tutor answers."""
        self.console.print(Panel(Markdown(words), title="student", title_align="left", border_style="cyan"))
        if code:
            self.console.print(Panel(Syntax(code.strip(), "python", line_numbers=True), border_style="cyan"))

    def _line(self, words: str, *, markup: bool = True) -> None:
        if self._speaking:
            self.console.print()
            self._speaking = False
        if words:
            self.console.print(words, highlight=False, markup=markup)


def mastery_line(event: dict[str, Any]) -> str:
    """A skill's change as a bar."""
    full = round(event["after"] * 20)
    sign = "▲" if event["after"] >= event["before"] else "▼"
    bar = "█" * full + "░" * (20 - full)
    return f"[green]{sign} {event['skill']}[/green] {bar} {event['before']:.0%} → {event['after']:.0%}"
