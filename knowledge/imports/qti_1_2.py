"""Questions from QTI 1.2, as Common Cartridge and older learning platforms carry them."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from knowledge.imports.document import Asked, Choice, Notes
from knowledge.imports.question import checked, from_html, is_number, typed
from knowledge.imports.xml import named, text_of

_NUMERIC = ("decimal", "integer")


def read_item(item: Element, notes: Notes) -> Asked | None:
    """None, and a remark, for one that has no form here."""
    name = str(item.get("ident") or "question")
    kind, lists, strings = _profile(item), list(named(item, "response_lid")), list(named(item, "response_str"))
    labels = list(named(lists[0], "response_label")) if len(lists) == 1 else []
    if labels and not strings:
        return checked(_chosen(item, labels, name, lists[0].get("rcardinality") == "Multiple", notes), notes)
    if len(strings) == 1 and not lists and "essay" not in kind and "pattern" not in kind and list(_right(item)):
        return checked(_written(item, strings[0], kind, name, notes), notes)
    what = kind or "one with nothing to choose from, or several parts,"
    notes.add(1, f"question {name} is left out: {what} has no form here")
    return None


def _profile(item: Element) -> str:
    for one in named(item, "qtimetadatafield"):
        if any(word in text_of(one) for word in ("profile", "question_type")):
            return next((text_of(entry) for entry in named(one, "fieldentry")), "")
    return ""


def _chosen(item: Element, labels: list[Element], name: str, several: bool, notes: Notes) -> Asked:
    right, said, general = set(_right(item)), dict(_reasons(item)), _general(item)
    choices = []
    for label in labels:
        identity = str(label.get("ident"))
        correct = identity in right
        why = said.get(identity, "") or ("" if correct else general.get("general_incorrect_fb", ""))
        choices.append(Choice(label=_material(label, notes), correct=correct, why=why))
    return Asked(
        name=name, prompt=_prompt(item, notes), choices=tuple(choices), kind="multiple" if several else None,
        why=general.get("correct_fb") or general.get("general_fb", ""),
    )  # fmt: skip


def _written(item: Element, string: Element, kind: str, name: str, notes: Notes) -> Asked:
    right, said, general = list(_right(item)), dict(_reasons(item)), _general(item)
    fib = next(named(string, "render_fib"), None)
    numeric = "numerical" in kind or (fib is not None and str(fib.get("fibtype", "")).casefold() in _NUMERIC)
    numeric = numeric and all(map(is_number, right))
    wrong = {value: why for value, why in said.items() if value not in right and (not numeric or is_number(value))}
    return Asked(
        name=name, prompt=_prompt(item, notes),
        choices=typed({value: said.get(value, "") for value in right}, wrong),
        kind="numeric" if numeric else "text",
        tolerance=_tolerance(item, right) if numeric else 0.0,
        why=general.get("correct_fb") or general.get("general_fb", ""),
    )  # fmt: skip


def _right(item: Element) -> Iterator[str]:
    for condition in named(item, "respcondition"):
        if any(text_of(score) not in {"", "0", "0.0"} for score in named(condition, "setvar")):
            refused = {id(value) for no in named(condition, "not") for value in named(no, "varequal")}
            yield from (text_of(value) for value in named(condition, "varequal") if id(value) not in refused)


def _tolerance(item: Element, right: list[str]) -> float:
    """Half the width of the interval that counts as right, around the answer itself."""
    bounds = [float(text_of(one)) for one in named(item, "vargte", "varlte") if is_number(text_of(one))]
    return max((abs(bound - float(right[0].replace(" ", ""))) for bound in bounds), default=0.0)


def _reasons(item: Element) -> Iterator[tuple[str, str]]:
    """What is told of each answer."""
    said = _general(item)
    for condition in named(item, "respcondition"):
        for shown in named(condition, "displayfeedback"):
            words = said.get(str(shown.get("linkrefid")), "")
            yield from ((text_of(value), words) for value in named(condition, "varequal"))


def _general(item: Element) -> Mapping[str, str]:
    return {str(one.get("ident")): text_of(one) for one in named(item, "itemfeedback")}


def _prompt(item: Element, notes: Notes) -> str:
    shown = next(named(item, "presentation"), None)
    if shown is None:
        return ""
    return _material(next((one for one in shown if one.tag in {"material", "flow"}), None), notes)


def _material(element: Element | None, notes: Notes) -> str:
    """`mattext` holds HTML as text."""
    if element is None:
        return ""
    held = [one for one in element if one.tag == "material"] or [element]
    texts = (text for one in held for text in named(one, "mattext") if (text.text or "").strip())
    return "\n\n".join(from_html(text.text or "", notes) for text in texts)
