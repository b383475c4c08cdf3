"""The verbs of `learnflow evals` for single cases and datasets: show, new, import, export."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.running import read_settings
from cli.running import run as run_work


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
    turn: Annotated[str, typer.Option("--from-turn", help="The id of a finished turn.")],
    out: Annotated[Path | None, typer.Option(help="A JSON lines file to add the case to; default: print it.")] = None,
) -> None:
    """Make a turn into a case, with personal data removed. Read it, and correct what is expected, before you share it."""
    found = run_work(_capture(turn))
    line = json.dumps(found, ensure_ascii=False)
    if out is None:
        print(line)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    _done(f"{found['id']} added to {out}; read it before you share it")


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


async def _capture(turn: str) -> dict[str, Any]:
    import server
    from core import db
    from evals.capture import capture

    settings = read_settings()
    url = await server.find_database(settings)
    await db.migrate(url)
    async with db.open_pool(url, settings.database) as pool:
        return await capture(pool, turn)
