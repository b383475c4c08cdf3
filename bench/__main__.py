"""`python -m bench [NAME…]`: measure, show each figure with its bound, keep all as JSON in out/bench.json."""

import importlib
import json
import sys
from pathlib import Path

from rich.console import Console

_ALL = ("turns", "students", "kill", "sandbox", "mathematics", "course", "evals", "learning")


def main(names: list[str]) -> None:
    console = Console()
    unknown = set(names) - set(_ALL)
    if unknown:
        raise SystemExit(f"there is no bench {', '.join(sorted(unknown))}: choose from {', '.join(_ALL)}")
    kept = []
    for name in names or _ALL:
        console.print(f"\n[bold]{name}[/bold]")
        for row in importlib.import_module(f"bench.{name}").bench():
            row.show(console)
            kept.append({"bench": name, **row.as_json()})
    out = Path("out/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(kept, indent=1))
    console.print(f"\n[dim]kept in {out}[/dim]")


if __name__ == "__main__":
    main(sys.argv[1:])
