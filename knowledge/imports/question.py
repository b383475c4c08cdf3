"""What questions of every version of QTI share: their HTML as Markdown, and what a question must have to be asked."""

from collections.abc import Mapping
from fractions import Fraction
from xml.etree.ElementTree import Element, tostring

from knowledge.frontmatter import Unreadable
from knowledge.imports.document import Asked, Choice, Notes
from knowledge.imports.html import read_html

GAP = "…"
_ORDERED_MIN = 3


def markdown_of(element: Element | None, notes: Notes) -> str:
    """Of an element that holds HTML as elements."""
    if element is None:
        return ""
    kept, element.tail = element.tail, None
    tag, element.tag = element.tag, "div" if element.tag not in {"p", "pre", "table", "ul", "ol"} else element.tag
    markup = tostring(element, encoding="unicode")
    element.tag, element.tail = tag, kept
    return from_html(markup, notes)


def from_html(markup: str, notes: Notes) -> str:
    try:
        document = read_html(f"<title>.</title><body>{markup}</body>", notes.file)
    except Unreadable:
        return ""
    for problem in document.notes:
        notes.add(1, problem.message)
    return document.body


def typed(right: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Choice, ...]:
    """Answers that may be typed, each with its reason; the same one, written in two cases, once."""
    found: dict[str, Choice] = {}
    for answers, correct in ((right, True), (wrong, False)):
        for label, why in answers.items():
            if label.strip():
                found.setdefault(label.strip().casefold(), Choice(label=label.strip(), correct=correct, why=why))
    return tuple(found.values())


def is_number(text: str) -> bool:
    try:
        Fraction(text.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        return False
    return True


def checked(asked: Asked, notes: Notes) -> Asked | None:
    """None, and a remark, for a question that could not be asked."""
    labels = [choice.label for choice in asked.choices]
    fault = ""
    if not any(choice.correct for choice in asked.choices):
        fault = "it does not say which option is right"
    elif not asked.prompt or not all(labels) or len(set(labels)) < len(labels):
        fault = "it needs a prompt and two options or more that differ"
    elif asked.kind == "ordering" and len(labels) < _ORDERED_MIN:
        fault = f"an orderInteraction needs {_ORDERED_MIN} options or more here"
    elif asked.kind in (None, "multiple") and len(labels) < 2:
        fault = "it needs a prompt and two options or more that differ"
    elif asked.kind == "numeric" and not all(map(is_number, labels)):
        fault = "its answers are no numbers"
    if fault:
        notes.add(1, f"question {asked.name} is left out: {fault}")
        return None
    return asked
