"""How measurements are told: one row a figure, with its bound where there is one."""

from dataclasses import asdict, dataclass

from rich.console import Console


@dataclass(frozen=True, slots=True)
class Row:
    """`holds` is None where nothing is promised."""

    what: str
    figure: str
    bound: str = ""
    holds: bool | None = None

    def as_json(self) -> dict[str, str | bool | None]:
        return asdict(self)

    def show(self, console: Console) -> None:
        mark = {None: " ", True: "[green]✓[/green]", False: "[red]✗[/red]"}[self.holds]
        console.print(
            f"  {mark} {self.what:<68} {self.figure:<42} [dim]{self.bound}[/dim]", highlight=False, soft_wrap=True
        )
