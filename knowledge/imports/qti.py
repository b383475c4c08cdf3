"""Questions from QTI 2.1 items: to choose from, to put in order, and to answer by a word or a number."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from knowledge.imports.document import Asked, Choice, Document, Notes, title_of
from knowledge.imports.qti_1_2 import read_item
from knowledge.imports.question import GAP, checked, is_number, markdown_of, typed
from knowledge.imports.xml import named, read_xml, text_of

_ITEM = "assessmentItem"
_INSIDE_WORDS = ("textEntryInteraction", "inlineChoiceInteraction")
_NUMBERS = ("integer", "float")


def read_qti(content: bytes, file: str) -> Document:
    """Every question of a file that can be asked here; of others it is told what they are. Raises Unreadable."""
    root = read_xml(content, file)
    notes = Notes(file)
    items = [root] if root.tag == _ITEM else list(named(root, _ITEM))
    asked = [question for item in items if (question := _item(item, notes))]
    asked += [question for item in named(root, "item") if (question := read_item(item, notes))]
    top = next(named(root, "assessment"), root)
    title = str(top.get("title") or title_of(file))
    return Document(title=title, body="", quiz=tuple(asked), notes=tuple(notes.found))


def is_qti(content: bytes) -> bool:
    return any(word in content[:4_000] for word in (b"assessmentItem", b"questestinterop", b"imsqti"))


def _item(item: Element, notes: Notes) -> Asked | None:
    name = str(item.get("identifier") or "question")
    body = next(named(item, "itemBody"), None)
    found = [] if body is None else [one for one in body.iter() if str(one.tag).endswith("Interaction")]
    kinds = {str(one.tag) for one in found}
    if body is None or len(found) != 1:
        what = f"{len(found)} parts to answer" if found else "nothing to answer"
        notes.add(
            1, f"question {name} is left out: one with {what} ({', '.join(sorted(kinds)) or 'none'}) has no form here"
        )
        return None
    match found[0].tag:
        case "choiceInteraction" | "orderInteraction" | "inlineChoiceInteraction":
            asked = _chosen(item, body, found[0], name, notes)
        case "textEntryInteraction":
            asked = _written(item, body, found[0], name, notes)
        case kind:
            notes.add(1, f"question {name} is left out: {kind} has no form here")
            return None
    return checked(asked, notes)


def _chosen(item: Element, body: Element, interaction: Element, name: str, notes: Notes) -> Asked:
    """One whose options are shown, also those that are put in order."""
    declared = _declared(item, interaction)
    ordered, right, said = interaction.tag == "orderInteraction", _right(declared), _feedback(item)
    choices = {}
    for option in named(interaction, "simpleChoice", "inlineChoice"):
        identity = str(option.get("identifier"))
        inline = " ".join(text_of(one) for one in named(option, "feedbackInline"))
        for one in list(named(option, "feedbackInline")):
            one.clear()
        correct = identity in right
        why = inline or said.get(identity, "") or ("" if correct or ordered else _general(said, correct=False))
        choices[identity] = Choice(label=markdown_of(option, notes), correct=correct, why=why)
    several = declared is not None and declared.get("cardinality") == "multiple"
    return Asked(
        name=name,
        prompt=_prompt(body, interaction, notes),
        choices=tuple(choices[one] for one in right if one in choices)
        if ordered and right
        else tuple(choices.values()),
        kind="ordering" if ordered else "multiple" if several else None,
        why=_general(said, correct=True),
    )


def _written(item: Element, body: Element, interaction: Element, name: str, notes: Notes) -> Asked:
    """One that is answered by a word or a number."""
    declared, said = _declared(item, interaction), _feedback(item)
    right = dict.fromkeys(_right(declared), "")
    wrong = {
        key: "" for entry in named(declared, "mapEntry") if (key := str(entry.get("mapKey"))) not in right
    } if declared is not None else {}  # fmt: skip
    as_number = declared is not None and declared.get("baseType") in _NUMBERS and all(map(is_number, right))
    return Asked(
        name=name,
        prompt=_prompt(body, interaction, notes),
        choices=typed(right, {} if as_number and not all(map(is_number, wrong)) else wrong),
        kind="numeric" if as_number else "text",
        tolerance=_tolerance(item, list(right)) if as_number else 0.0,
        why=_general(said, correct=True),
    )


def _declared(item: Element, interaction: Element) -> Element | None:
    name = interaction.get("responseIdentifier")
    return next((one for one in named(item, "responseDeclaration") if one.get("identifier") == name), None)


def _right(declared: Element | None) -> list[str]:
    """In the order in which they stand; those of a mapping that give points count too, where answers are typed, or where
    nothing else says what is right."""
    if declared is None:
        return []
    stated = [text_of(value) for right in named(declared, "correctResponse") for value in named(right, "value")]
    mapped = [str(entry.get("mapKey")) for entry in named(declared, "mapEntry") if _positive(entry)]
    return list(dict.fromkeys([*stated, *(mapped if not stated or declared.get("baseType") != "identifier" else [])]))


def _positive(entry: Element) -> bool:
    try:
        return float(entry.get("mappedValue", "0")) > 0
    except ValueError:
        return False


def _tolerance(item: Element, right: list[str]) -> float:
    """Of an `equal` that allows one; a relative one is in per cent."""
    for equal in named(item, "equal"):
        try:
            allowed = max(float(part) for part in str(equal.get("tolerance", "0")).split())
        except ValueError:
            continue
        if equal.get("toleranceMode") == "absolute":
            return allowed
        if equal.get("toleranceMode") == "relative":
            return allowed / 100 * abs(float(right[0].replace(" ", "")))
    return 0.0


def _feedback(item: Element) -> Mapping[str, str]:
    return {str(one.get("identifier")): text_of(one) for one in named(item, "modalFeedback", "feedbackBlock")}


def _general(said: Mapping[str, str], *, correct: bool) -> str:
    """What is told of the whole question, by the names that editors give it."""
    names = ("correct", "right", "solution", "general") if correct else ("incorrect", "wrong")
    return next((text for name, text in said.items() if name.casefold().removesuffix("_fb") in names), "")


def _prompt(body: Element, interaction: Element, notes: Notes) -> str:
    """All that stands around the options; a gap to fill shows as one."""
    if interaction.tag in _INSIDE_WORDS:
        tail = interaction.tail
        interaction.clear()
        interaction.tag, interaction.text, interaction.tail = "span", GAP, tail
        parts = [markdown_of(one, notes) for one in _around(body, None)]
    else:
        own = markdown_of(next(named(interaction, "prompt"), None), notes)
        parts = [*(markdown_of(one, notes) for one in _around(body, interaction)), own]
    return "\n\n".join(part for part in parts if part.strip()).strip()


def _around(body: Element, interaction: Element | None) -> Iterator[Element]:
    for one in body:
        if one.tag in {"feedbackBlock", "rubricBlock"} or (interaction is not None and interaction in list(one.iter())):
            continue
        yield one
