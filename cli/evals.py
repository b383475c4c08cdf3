"""The verbs of `learnflow evals`: what each takes; the work is in the evals room."""

import json
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.evals_cases import export_examples, import_examples, new_case, show_case, with_pool
from cli.running import read_settings
from cli.running import run as run_work

if TYPE_CHECKING:
    from core.db import Pool
    from evals.running import Result, Run
    from learning.trials.definition import Experiment


evals = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""Measure the tutor: shipped suites, or datasets of your own, with nothing but this machine.

    Start with [bold]learnflow evals list[/bold].""",
)


@evals.command("list")
def list_suites() -> None:
    """The shipped suites, and the tasks for datasets of your own."""
    from evals.suites import SUITES
    from evals.task import TASKS, find_task

    table = Table("suite", "task", "what it tells", box=None, pad_edge=False)
    for suite in SUITES:
        table.add_row(suite.name, suite.task, suite.about)
    Console().print(table)
    table = Table("task", "first metric", "what it tries", box=None, pad_edge=False)
    for name in TASKS:
        task = find_task(name)
        table.add_row(name, task.metrics[0].name, task.about.split("\n\n")[0].replace("\n", " "))
    Console().print("\n[bold]With --task and --data:[/bold]")
    Console().print(table)


@evals.command("run")
def run(
    suite: Annotated[str | None, typer.Argument(help="A shipped suite; `learnflow evals list` names them.")] = None,
    task: Annotated[str | None, typer.Option(help="With --data: what your dataset is for.")] = None,
    data: Annotated[Path | None, typer.Option(help="JSON lines or CSV, .gz too.", exists=True, dir_okay=False)] = None,
    corpus: Annotated[Path | None, typer.Option(help="retrieval: the passages.", exists=True, dir_okay=False)] = None,
    qrels: Annotated[
        Path | None, typer.Option(help="retrieval: what is relevant.", exists=True, dir_okay=False)
    ] = None,
    problems: Annotated[Path | None, typer.Option(help="repair, leak: the tasks.", exists=True, dir_okay=False)] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the result; holds finished cases as well.")] = None,
    limit: Annotated[int | None, typer.Option(help="Only so many cases, drawn by --seed.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Draws the same cases again.")] = 0,
    jobs: Annotated[
        int | None, typer.Option(help="Cases at once; default: what the task measures best with.", min=1)
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A setting for this run: --set retrieval.rerank=false. Named twice, each value is tried."
        ),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Try with this model, provider:name or offline; several make several runs.")
    ] = None,
    prompt: Annotated[
        list[str] | None, typer.Option(help="Try with these prompts: v1, v2, or a folder of your own. May repeat.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run finished cases again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Run a suite, or a dataset of your own, and write DIR/result.json: figures with intervals, and one line a case.

    Several models, prompts or values of a setting make a run of each combination, compared with the first at the end.
    An interrupted run is a valid partial result; the same command goes on where it stopped.
    """
    from evals.configuration import wanted_runs

    wanted = wanted_runs(
        read_settings(), suite=suite, task=task, data=data, corpus=corpus, qrels=qrels, problems=problems, out=out,
        limit=limit, seed=seed, jobs=jobs, changes=change or (), models=model or (), prompts=prompt or (), fresh=fresh,
    )  # fmt: skip
    results = [_run_one(each) for each in wanted]
    if len(results) > 1:
        _compare_all(results, wanted[0].out.parent)
    if as_json:
        heads = [{name: value for name, value in result.items() if name != "cases"} for result in results]
        print(json.dumps(heads[0] if len(heads) == 1 else heads, indent=2, ensure_ascii=False))


def _run_one(wanted: "Run", *, quiet: bool = False) -> "Result":
    from cli.progress import Bar
    from evals.running import run as run_cases

    # A stop from a service manager is to end in order too, and Ctrl-C must reach a run that a shell put in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    with _Scored(Bar(Console(stderr=True))) as shown:
        result = run_work(run_cases(wanted, shown.show))
    if not quiet:
        _show(result, wanted.out)
    return result


def _compare_all(results: "list[Result]", folder: Path) -> None:
    from evals.compare import as_markdown, write_comparisons

    for found in write_comparisons(results, folder):
        print(as_markdown(found), file=sys.stderr)
    Console(stderr=True).print(f"[green]✓[/green] {folder / 'comparison.md'}", highlight=False)


class _Scored:
    """The bar's description holds the score, which changes: one bar a kind of work."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def __enter__(self) -> "_Scored":
        self._bar.__enter__()
        return self

    def __exit__(self, *failure: Any) -> None:
        self._bar.close()

    def show(self, done: int, total: int, what: str) -> None:
        name, _, score = what.partition("|")
        self._bar.show(done, total, name, score)


def _show(result: "Result", out: Path) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("metric", "value", "95 %"):
        table.add_column(column, justify="left" if column == "metric" else "right")
    for name, value in result["metrics"].items():
        low_high = result["intervals"].get(name)
        digits = 1 if name.endswith("_ms") else 3
        spread = f"{low_high[0]:.{digits}f} to {low_high[1]:.{digits}f}" if low_high else ""
        table.add_row(name, f"{value:.{digits}f}", spread)
    console = Console(stderr=True)
    console.print(table)
    broken = f", {result['broken']} broke" if result["broken"] else ""
    console.print(f"[green]✓[/green] {result['n']} cases{broken}; {out / 'result.json'}", highlight=False)


@evals.command("compare")
def compare_runs(
    a: Annotated[Path, typer.Argument(help="The first run: its folder or result.json.", exists=True)],
    b: Annotated[Path, typer.Argument(help="The second run.", exists=True)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")] = False,
) -> None:
    """Compare two runs case by case: differences with intervals, significance, effect size, and the cases that changed."""
    from evals.compare import as_markdown, compare
    from evals.running import read_result

    found = compare(read_result(a), read_result(b))
    print(json.dumps(found, indent=2, ensure_ascii=False) if as_json else as_markdown(found), end="")


@evals.command("report")
def report(
    runs: Annotated[
        list[Path], typer.Argument(help="Runs: folders (also of several runs) or result.json files.", exists=True)
    ],
    out: Annotated[Path, typer.Option(help="Folder for index.html, summary.md, junit.xml and report.json.")] = Path(
        "out/evals/report"
    ),
) -> None:
    """Write a page that needs nothing else, with charts, filters and every case; and the same for machines."""
    from evals.report import write_report
    from evals.running import find_results, read_history

    written = write_report(find_results(runs), out, read_history(read_settings().data_dir))
    Console(stderr=True).print(f"[green]✓[/green] {', '.join(str(path) for path in written.values())}", highlight=False)


@evals.command("gate")
def gate(
    rules: Annotated[Path, typer.Argument(help="The rules, TOML.", exists=True, dir_okay=False)],
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="The runs that are to hold them; none: the suites that it names are run.", exists=True),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where runs of its own go.")] = Path("out/evals/gate"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of lines.")] = False,
) -> None:
    """Hold runs against thresholds and no-worse-than rules. The exit code is 1 when one is broken."""
    from evals.gate import judge, read_rules, runs_for
    from evals.running import find_results

    wanted = read_rules(rules)
    if runs:
        results = find_results(runs)
    else:
        results = [_run_one(each, quiet=True) for each in runs_for(wanted, read_settings(), out)]
    checks = judge(results, wanted, rules.parent)
    if as_json:
        print(json.dumps([{"rule": c.rule, "passed": c.passed, "found": c.found} for c in checks], indent=2))
    else:
        for check in checks:
            mark = "[green]✓[/green]" if check.passed else "[red]✗[/red]"
            Console().print(f"{mark} {check.rule} [dim]({check.found})[/dim]", highlight=False)
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


@evals.command("experiments")
def list_experiments() -> None:
    """The online experiments that the settings name: how many students each has reached, and whether it runs."""
    from evals.experiments import analyse
    from learning.trials.definition import read_experiments

    wanted = read_experiments(read_settings().experiments.file)
    table = Table("experiment", "state", "exposed", "what it asks", box=None, pad_edge=False)
    for found in run_work(with_pool(lambda pool: _each(pool, wanted, analyse))):
        exposed = ", ".join(f"{name} {count}" for name, count in sorted(found["exposed"].items()))
        table.add_row(found["name"], found["state"], exposed or "nobody yet", found["about"])
    Console().print(
        table if wanted else "There are none: LEARNFLOW_EXPERIMENTS__FILE names the file that defines them."
    )


@evals.command("experiment")
def experiment(
    name: Annotated[str, typer.Argument(help="As the file calls it; `learnflow evals experiments` names them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")] = False,
) -> None:
    """What an online experiment has shown so far. Look as often as you like: intervals and p-values allow for it."""
    from evals.experiments import analyse, as_markdown, find_experiment
    from learning.trials.definition import read_experiments

    one = find_experiment(read_experiments(read_settings().experiments.file), name)
    (found,) = run_work(with_pool(lambda pool: _each(pool, [one], analyse)))
    print(json.dumps(found, indent=2, ensure_ascii=False) if as_json else as_markdown(found), end="")


async def _each(pool: "Pool", wanted: "Sequence[Experiment]", analyse: Any) -> "list[dict[str, Any]]":
    return [await analyse(pool, one, datetime.now(UTC)) for one in wanted]


@evals.command("history")
def history(
    name: Annotated[str | None, typer.Argument(help="Only runs of this suite or task.")] = None,
    metric: Annotated[str | None, typer.Option(help="The metric to show; default: each run's first.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines in place of a table.")] = False,
) -> None:
    """The finished runs on this machine, oldest first."""
    from evals.running import read_history

    runs = [
        run for run in read_history(read_settings().data_dir) if name in (None, run["task"], run["name"].split(" ")[0])
    ]
    if as_json:
        for run in runs:
            print(json.dumps(run, ensure_ascii=False))
        return
    table = Table("when", "run", "cases", "metric", "value", "95 %", box=None, pad_edge=False)
    for run in runs:
        shown = metric or next(iter(run["metrics"]), "")
        if shown in run["metrics"]:
            low_high = run.get("intervals", {}).get(shown)
            spread = f"{low_high[0]:.3f} to {low_high[1]:.3f}" if low_high else ""
            table.add_row(run["at"], run["name"], str(run["n"]), shown, f"{run['metrics'][shown]:.3f}", spread)
    Console().print(table)


evals.command("show")(show_case)
evals.command("new")(new_case)
evals.command("export")(export_examples)
evals.command("import")(import_examples)
