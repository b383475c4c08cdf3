"""What runs found, for people and for machines: a page that needs nothing else, Markdown, JUnit, JSON."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from evals import charts
from evals.compare import compare, verdict
from evals.metrics import Line
from evals.running import Result
from evals.task import Task, find_task

_PAGE = Path(__file__).parent / "page"
_TRACES_BYTES_MAX = 6_000_000
_XML_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_report(results: Sequence[Result], folder: Path, history: Sequence[Result] = ()) -> dict[str, Path]:
    """`index.html`, `summary.md`, `junit.xml` and `report.json` in the folder; their paths by kind."""
    folder.mkdir(parents=True, exist_ok=True)
    heads = [{name: value for name, value in result.items() if name != "cases"} for result in results]
    texts = {
        "index.html": as_html(results, history),
        "summary.md": as_markdown(results),
        "junit.xml": as_junit(results),
        "report.json": json.dumps(heads, ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name.rpartition(".")[2]: folder / name for name in texts}


def shown(name: str, value: float) -> str:
    return f"{value:,.1f} ms" if name.endswith("_ms") else f"{value:.3f}"


# --- the page ------------------------------------------------------------------------------------------------------


def as_html(results: Sequence[Result], history: Sequence[Result] = ()) -> str:
    """One self-contained page."""
    parts = {
        "style": (_PAGE / "style.css").read_text(encoding="utf-8"),
        "script": (_PAGE / "page.js").read_text(encoding="utf-8"),
        "lead": _lead(results),
        "compared": _compared(results),
        "tiles": "".join(_tile(place, result) for place, result in enumerate(results)),
        "sections": "\n".join(_section(place, result, history) for place, result in enumerate(results)),
        # `<` cannot end the script element, whatever a student wrote
        "runs": json.dumps(_cases(results), ensure_ascii=False).replace("<", "\\u003c"),
    }
    page = (_PAGE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found.group(1)], page)


def _lead(results: Sequence[Result]) -> str:
    cases = sum(result["n"] for result in results)
    when = max((str(result.get("at", "")) for result in results), default="")
    return html.escape(
        f"{len(results)} runs, {cases:,} cases, {when.replace('T', ' ')}. Intervals are 95 %, by bootstrap over cases."
    )


def _first(result: Result) -> tuple[Task, str]:
    """The task, and its first metric that was measured."""
    task = find_task(result["task"])
    return task, next((metric.name for metric in task.metrics if metric.name in result["metrics"]), "")


def _headline(result: Result) -> str:
    """The metric that the run was made for, where it was measured, else the task's first."""
    wanted = str(result.get("headline") or "")
    return wanted if wanted in result["metrics"] else _first(result)[1]


def _tile(place: int, result: Result) -> str:
    name = _headline(result)
    value = shown(name, result["metrics"][name]) if name else "–"
    spread = result["intervals"].get(name)
    between = f"{shown(name, spread[0])} to {shown(name, spread[1])}" if spread else ""
    title = html.escape(str(result.get("name", result["task"])))
    return f'<a href="#run-{place}"><span>{title} · {name}</span><b>{value}</b><span>{between}</span></a>'


def _compared(results: Sequence[Result]) -> str:
    """Runs of one task over cases in common, the first of them against each later one."""
    parts = []
    for place, result in enumerate(results):
        first = next((n for n, other in enumerate(results[:place]) if other["task"] == result["task"]), None)
        if first is None or not {c["id"] for c in result["cases"]} & {c["id"] for c in results[first]["cases"]}:
            continue
        parts.append(_comparison(compare(results[first], result), first, place))
    return f'<section id="compared"><h2>Compared, case by case</h2>{"".join(parts)}</section>' if parts else ""


def _comparison(found: Mapping[str, Any], first: int, second: int) -> str:
    rows = []
    for name, row in found["metrics"].items():
        spread = f"{row['interval'][0]:+.3f} to {row['interval'][1]:+.3f}" if "interval" in row else ""
        p = f"{row['p']:.3f}" if "p" in row else ""
        effect = f"{row['effect_size']:+.2f}" if "effect_size" in row else ""
        said = verdict(row)
        cells = [shown(name, row["a"]), shown(name, row["b"]), f"{row['difference']:+.3f}", spread, p, effect]
        numbers = "".join(f'<td class="n">{cell}</td>' for cell in cells)
        rows.append(f'<tr><td>{name}</td>{numbers}<td class="verdict {said.split(" ")[0]}">{said}</td></tr>')
    heads = "".join(f'<th class="n">{head}</th>' for head in ("first", "second", "difference", "95 %", "p", "effect"))
    changed = "".join(
        f'<li><a href="#run-{second}" data-run="{second}" data-case="{html.escape(row["id"], quote=True)}">{html.escape(row["id"])}</a> '
        f"{row['a']:.3g} → {row['b']:.3g}</li>"
        for row in found["changed"]
    )
    listed = (
        f"<details><summary>{len(found['changed'])} cases changed</summary><ul>{changed}</ul></details>"
        if changed
        else ""
    )
    return (
        f'<h3 class="pair"><a href="#run-{first}">{html.escape(found["a"])}</a> → <a href="#run-{second}">{html.escape(found["b"])}</a>'
        f' · {found["n"]} cases in common</h3><div class="scroll"><table class="sortable"><thead><tr><th>metric</th>{heads}<th>verdict</th></tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>{listed}"
    )


def _section(place: int, result: Result, history: Sequence[Result]) -> str:
    task, first = _first(result)
    about = html.escape(task.about.split("\n\n")[0].replace("\n", " "))
    return f"""<section id="run-{place}">
<h2>{html.escape(str(result.get("name", result["task"])))}</h2>
<p class="lead">{about}<br>{html.escape(_facts(result))}</p>
<div class="scroll">{_table(result)}</div>
<div class="charts">{_figures(result, first, history)}</div>
<div class="tools">
<input type="search" placeholder="Search the cases" aria-label="Search the cases">
<select class="which" aria-label="Which cases"><option value="all">all</option><option value="bad">failed</option><option value="middling">between</option><option value="good">passed</option></select>
<select class="group" aria-label="Group"><option value="">every group</option></select>
<select class="order" aria-label="Order"><option value="">as in the dataset</option></select>
<span class="count" role="status"></span>
</div>
<div class="cases"></div>
<p><button class="more" type="button">Show more</button></p>
</section>"""


def _facts(result: Result) -> str:
    facts = [f"{result['n']} cases", f"seed {result.get('seed', 0)}"]
    facts += [f"{result['broken']} broke"] if result.get("broken") else []
    facts += [f"partial: {result.get('cases_wanted')} wanted"] if result.get("partial") else []
    facts += [_judge(result["judge"])] if "judge" in result else []
    facts += [f"{name} = {value}" for name, value in result.get("changes", {}).items()]
    facts += [f"{name} {Path(file['path']).name} ({file['sha256']})" for name, file in result.get("files", {}).items()]
    return " · ".join(facts)


def _judge(judge: Mapping[str, Any]) -> str:
    """How far the judge agrees with people, and on what its scores count."""
    tried = [
        f"{name} {found['agreement']:.0%} (kappa {found['kappa']:.2f}, {found['n']} cases){'' if found['trusted'] else ', not counted'}"
        for name, found in judge.items()
        if isinstance(found, Mapping)
    ]
    return f"judge {judge['model']} agrees with people: {', '.join(tried)}"


def _table(result: Result) -> str:
    rows = []
    for name, value in result["metrics"].items():
        spread = result["intervals"].get(name)
        between = f"{shown(name, spread[0])} to {shown(name, spread[1])}" if spread else ""
        meaning = html.escape(result["meanings"].get(name, {}).get("meaning", ""))
        rows.append(
            f'<tr><td>{name}</td><td class="n">{shown(name, value)}</td><td class="n">{between}</td><td>{meaning}</td></tr>'
        )
    return (
        '<table class="sortable"><thead><tr><th>metric</th><th class="n">value</th><th class="n">95 %</th><th>what it is</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _figures(result: Result, first: str, history: Sequence[Result]) -> str:
    lines, headline = result["cases"], _headline(result)
    same = [
        run
        for run in history
        if run.get("fingerprint") == result.get("fingerprint") or run.get("name") == result.get("name")
    ]
    figures = {
        "Shares and their intervals": charts.shares(result["metrics"], result["intervals"]),
        f"{first} by group": charts.by_group(lines, first),
        "Labelled (rows) and said (columns)": charts.confusion(lines),
        "Forecast and outcome": charts.calibration(lines),
        "Milliseconds": charts.histogram(
            [line["scores"]["ms"] for line in lines if line["scores"].get("ms")], "milliseconds a case"
        ),
        f"{headline} over time": charts.history(same[-30:], headline),
    }
    return "".join(
        f"<figure><h3>{html.escape(title)}</h3>{drawn}</figure>" for title, drawn in figures.items() if drawn
    )


def _cases(results: Sequence[Result]) -> list[dict[str, Any]]:
    """What the page drills down into. Traces stay out once they would make the page unwieldy: they are in the result."""
    left = _TRACES_BYTES_MAX
    runs = []
    for result in results:
        task, first = _first(result)
        better = next((metric.better for metric in task.metrics if metric.name == first), "higher")
        kept = []
        for line in result["cases"]:
            left -= len(json.dumps(line.get("trace", ""), default=str))
            hidden = {"foreseen", "unseen", "risk", "alert", "weight"} | ({"trace"} if left < 0 else set())
            kept.append({name: value for name, value in line.items() if name not in hidden})
        runs.append({"name": result.get("name", result["task"]), "first": first, "better": better, "cases": kept})
    return runs


# --- for machines --------------------------------------------------------------------------------------------------


def as_markdown(results: Sequence[Result]) -> str:
    lines = ["# Evaluations", ""]
    for result in results:
        lines += [
            f"## {result.get('name', result['task'])}",
            "",
            _facts(result),
            "",
            "| metric | value | 95 % |",
            "|---|---:|---|",
        ]
        for name, value in result["metrics"].items():
            spread = result["intervals"].get(name)
            between = f"{shown(name, spread[0])} to {shown(name, spread[1])}" if spread else ""
            lines.append(f"| {name} | {shown(name, value)} | {between} |")
        lines.append("")
    return "\n".join(lines)


def as_junit(results: Sequence[Result]) -> str:
    """A suite a run, a test a case: failed below a full score in the run's first metric, in error where the product broke."""
    root = ElementTree.Element("testsuites")
    for result in results:
        outcomes = failures(result)
        suite = ElementTree.SubElement(
            root, "testsuite", name=_fit(result.get("name", result["task"])), tests=str(len(outcomes)),
            failures=str(sum(bool(why) and "broke" not in line for line, why in outcomes)),
            errors=str(sum("broke" in line for line, _ in outcomes)),
        )  # fmt: skip
        for line, why in outcomes:
            case = ElementTree.SubElement(
                suite, "testcase", classname=_fit(result["task"]), name=_fit(line["id"]), time=f"{line.get('took_ms', 0) / 1000:.3f}"
            )  # fmt: skip
            if why:
                ElementTree.SubElement(case, "error" if "broke" in line else "failure", message=_fit(why)).text = _fit(
                    line.get("shown", "")
                )
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def failures(result: Result) -> list[tuple[Line, str]]:
    """Each case with why it failed, empty where it did not."""
    task, first = _first(result)
    better = next((metric.better for metric in task.metrics if metric.name == first), "higher")
    return [(line, _failure(line, first, better)) for line in result["cases"]]


def _failure(line: Line, first: str, better: str) -> str:
    if "broke" in line:
        return str(line["broke"])
    value = line["scores"].get(first)
    if value is None or (value >= 1 if better == "higher" else value <= 0):
        return ""
    wanted: Mapping[str, Any] = line
    return str(
        wanted.get("note") or f"{first} {value:g}; wanted {wanted.get('wanted', '')}, got {wanted.get('predicted', '')}"
    )


def _fit(words: object) -> str:
    """What XML may hold."""
    return _XML_UNFIT.sub("�", str(words))
