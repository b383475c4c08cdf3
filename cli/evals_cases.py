"""The verbs of `learnflow evals` for single cases and datasets: show, new, import, export."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from cli.running import read_settings
from cli.running import run as run_work

if TYPE_CHECKING:
    from core.db import Pool

T = TypeVar("T")


class Thumb(StrEnum):
    up = "up"
    down = "down"


def show_case(
    run: Annotated[Path, typer.Argument(help="A run: its folder or result.json.", exists=True)],
    case: Annotated[str | None, typer.Argument(help="A case's id, or a part of it; none lists the cases.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Do not cut long texts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the case as JSON, with its whole trace.")] = False,
) -> None:
    """Open a case of a run: the student's words, what each agent found, the reply, the scores."""
    from evals.running import read_result
    from evals.showing import as_text, find_case

    result = read_result(run)
    if case is None:
        for line in result["cases"]:
            scores = " ".join(f"{k}={v:g}" for k, v in line["scores"].items() if isinstance(v, int | float))
            print(f"{line['id']}\t{line.get('broke') or scores}")
        return
    found = find_case(result, case)
    print(json.dumps(found, ensure_ascii=False, indent=1) if as_json else as_text(found, whole=whole), end="")


def new_case(
    turn: Annotated[str | None, typer.Option("--from-turn", help="The id of a finished turn.")] = None,
    feedback: Annotated[
        Thumb | None, typer.Option("--from-feedback", help="Every turn that a student gave this thumb.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="With --from-feedback: given since then, UTC.")] = None,
    out: Annotated[Path | None, typer.Option(help="A JSON lines file to add the case to; default: print it.")] = None,
) -> None:
    """Make turns into cases, with personal data removed. Read them, and correct what is expected, before you share them."""
    from core.errors import Invalid

    if (turn is None) == (feedback is None):
        raise Invalid("name either --from-turn or --from-feedback")
    if feedback is None and since is not None:
        raise Invalid("--since goes with --from-feedback")
    found = run_work(with_pool(lambda pool: _capture(pool, turn, feedback, since)))
    lines = [json.dumps(case, ensure_ascii=False) + "\n" for case in found]
    if out is None:
        print("".join(lines), end="")
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as file:
        file.writelines(lines)
    what = found[0]["id"] if turn is not None else f"{len(found)} cases"
    _done(f"{what} added to {out}; read before you share")


def export_examples(
    out: Annotated[Path, typer.Option(help="The file to write: .jsonl, .json or .csv.")],
    suite: Annotated[str | None, typer.Argument(help="A shipped suite.")] = None,
    task: Annotated[str | None, typer.Option(help="With --data: what the dataset is for.")] = None,
    data: Annotated[Path | None, typer.Option(help="A dataset of yours.", exists=True, dir_okay=False)] = None,
    qrels: Annotated[Path | None, typer.Option(help="retrieval: what is relevant.", exists=True)] = None,
) -> None:
    """Write a dataset as LangSmith takes it: examples with inputs, outputs and metadata."""
    from core.errors import Invalid
    from evals.datasets import Files
    from evals.examples import export, write_examples
    from evals.suites import find_suite

    if suite is not None:
        shipped = find_suite(suite)
        found = export(shipped.task, shipped.files)
    elif task is not None and data is not None:
        found = export(task, Files(data=data, qrels=qrels))
    else:
        raise Invalid("name a shipped suite, or --task and --data")
    write_examples(found, out)
    _done(f"{len(found)} examples in {out}")


def import_examples(
    file: Annotated[
        Path, typer.Argument(help="Examples as LangSmith exports them: .jsonl, .json or .csv.", exists=True)
    ],
    task: Annotated[str, typer.Option(help="What the dataset is to be used for.")],
    out: Annotated[Path, typer.Option(help="The dataset to write, JSON lines.")],
    names: Annotated[
        list[str] | None, typer.Option("--map", help="A field under another name: --map question=text. May repeat.")
    ] = None,
) -> None:
    """Make a file of examples into a dataset of a task's form."""
    from core.errors import Invalid
    from evals.examples import bring_in, write_rows

    pairs = [name.partition("=") for name in names or ()]
    if wrong := [left for left, found, right in pairs if not (left and found and right)]:
        raise Invalid(f"--map takes THEIRS=OURS, such as --map question=text, not {wrong[0]!r}")
    rows = bring_in(task, file, {left: right for left, _, right in pairs})
    write_rows(rows, out)
    _done(f"{len(rows)} cases in {out}; learnflow evals run --task {task} --data {out}")


def _done(words: str) -> None:
    Console(stderr=True).print(f"[green]✓[/green] {words}", highlight=False)


async def _capture(
    pool: "Pool", turn: str | None, feedback: Thumb | None, since: datetime | None
) -> list[dict[str, Any]]:
    from evals.capture import capture, capture_rated

    if turn is not None:
        return [await capture(pool, turn)]
    begin = since or datetime(2000, 1, 1)  # noqa: DTZ001  (UTC comes below)
    return await capture_rated(pool, "down" if feedback is Thumb.down else "up", begin.replace(tzinfo=UTC))


async def with_pool(work: "Callable[[Pool], Awaitable[T]]") -> "T":
    """Work on the database that the settings name, its schema brought to date."""
    import server
    from core import db

    settings = read_settings()
    url = await server.find_database(settings)
    await db.migrate(url)
    async with db.open_pool(url, settings.database) as pool:
        return await work(pool)
