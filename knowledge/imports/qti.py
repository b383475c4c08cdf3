"""Questions from QTI 2.1 items, and from QTI 1.2 as Common Cartridge carries it: those with options to choose from."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

from knowledge.imports.document import Asked, Choice, Document, Notes, title_of
from knowledge.imports.html import read_html
from knowledge.imports.xml import named, read_xml, text_of

_ITEM = "assessmentItem"
_OTHERS = frozenset(
    [
        "associateInteraction",
        "customInteraction",
        "drawingInteraction",
        "endAttemptInteraction",
        "extendedTextInteraction",
        "gapMatchInteraction",
        "graphicAssociateInteraction",
        "graphicGapMatchInteraction",
        "graphicOrderInteraction",
        "hotspotInteraction",
        "hottextInteraction",
        "inlineChoiceInteraction",
        "matchInteraction",
        "mediaInteraction",
        "orderInteraction",
        "positionObjectInteraction",
        "selectPointInteraction",
        "sliderInteraction",
        "textEntryInteraction",
        "uploadInteraction",
    ]
)


def read_qti(content: bytes, file: str) -> Document:
    """Every question of a file that has options; of others it is told what they are. Raises Unreadable."""
    root = read_xml(content, file)
    notes = Notes(file)
    items = [root] if root.tag == _ITEM else list(named(root, _ITEM))
    asked = [question for item in items if (question := _item(item, notes))]
    asked += [question for item in named(root, "item") if (question := _item_1_2(item, notes))]
    top = next(named(root, "assessment"), root)
    title = str(top.get("title") or title_of(file))
    return Document(title=title, body="", quiz=tuple(asked), notes=tuple(notes.found))


def is_qti(content: bytes) -> bool:
    return any(word in content[:4_000] for word in (b"assessmentItem", b"questestinterop", b"imsqti"))


def _item(item: Element, notes: Notes) -> Asked | None:
    name = str(item.get("identifier") or "question")
    body = next(named(item, "itemBody"), None)
    choices = list(named(item, "choiceInteraction"))
    other = next((one.tag for one in item.iter() if one.tag in _OTHERS), None)
    if body is None or len(choices) != 1 or other:
        notes.add(
            1, f"question {name} is left out: {other or 'it has no options, or several sets of them'} has no form here"
        )
        return None
    right = _right(item, str(choices[0].get("responseIdentifier")))
    feedback = {str(one.get("identifier")): text_of(one) for one in named(item, "modalFeedback", "feedbackBlock")}
    options = []
    for option in named(choices[0], "simpleChoice"):
        identity = str(option.get("identifier"))
        inline = " ".join(text_of(one) for one in named(option, "feedbackInline"))
        for one in list(named(option, "feedbackInline")):
            one.clear()
        options.append(
            Choice(label=_markdown(option, notes), correct=identity in right, why=inline or feedback.get(identity, ""))
        )
    prompt = _markdown(next(named(choices[0], "prompt"), None), notes)
    before = [one for one in body if one is not choices[0] and not any(True for _ in named(one, "choiceInteraction"))]
    stem = [text for one in before if (text := _markdown(one, notes))]
    return _checked(Asked(name=name, prompt="\n\n".join([*stem, prompt]).strip(), choices=tuple(options)), notes)


def _right(item: Element, response: str) -> set[str]:
    for declared in named(item, "responseDeclaration"):
        if declared.get("identifier") == response:
            mapped = {str(entry.get("mapKey")) for entry in named(declared, "mapEntry") if _positive(entry)}
            return {
                text_of(value) for right in named(declared, "correctResponse") for value in named(right, "value")
            } or mapped
    return set()


def _positive(entry: Element) -> bool:
    try:
        return float(entry.get("mappedValue", "0")) > 0
    except ValueError:
        return False


def _item_1_2(item: Element, notes: Notes) -> Asked | None:
    name = str(item.get("ident") or "question")
    kind = next(
        (
            text_of(f)
            for m in named(item, "qtimetadatafield")
            for f in named(m, "fieldentry")
            if "profile" in text_of(m)
        ),
        "",
    )
    lists = list(named(item, "response_lid"))
    labels = list(named(lists[0], "response_label")) if len(lists) == 1 else []
    if not labels or "essay" in kind or "pattern" in kind:
        notes.add(
            1, f"question {name} is left out: {kind or 'it has no options, or several sets of them'} has no form here"
        )
        return None
    right, feedback = set(_right_1_2(item)), dict(_feedback_1_2(item))
    prompt = next((one for one in next(named(item, "presentation")) if one.tag in {"material", "flow"}), None)
    choices = tuple(
        Choice(
            label=_material(label, notes),
            correct=str(label.get("ident")) in right,
            why=feedback.get(str(label.get("ident")), ""),
        )
        for label in labels
    )
    return _checked(Asked(name=name, prompt=_material(prompt, notes), choices=choices), notes)


def _right_1_2(item: Element) -> Iterator[str]:
    for condition in named(item, "respcondition"):
        if any(text_of(score) not in {"", "0", "0.0"} for score in named(condition, "setvar")):
            refused = {id(value) for no in named(condition, "not") for value in named(no, "varequal")}
            yield from (text_of(value) for value in named(condition, "varequal") if id(value) not in refused)


def _feedback_1_2(item: Element) -> Iterator[tuple[str, str]]:
    said = {str(one.get("ident")): text_of(one) for one in named(item, "itemfeedback")}
    for condition in named(item, "respcondition"):
        for shown in named(condition, "displayfeedback"):
            words = said.get(str(shown.get("linkrefid")), "")
            yield from ((text_of(value), words) for value in named(condition, "varequal"))


def _material(element: Element | None, notes: Notes) -> str:
    """`mattext` holds HTML as text."""
    if element is None:
        return ""
    return "\n\n".join(
        _from_html(one.text or "", notes) for one in named(element, "mattext") if (one.text or "").strip()
    )


def _markdown(element: Element | None, notes: Notes) -> str:
    if element is None:
        return ""
    kept, element.tail = element.tail, None
    tag, element.tag = element.tag, "div" if element.tag not in {"p", "pre", "table", "ul", "ol"} else element.tag
    markup = tostring(element, encoding="unicode")
    element.tag, element.tail = tag, kept
    return _from_html(markup, notes)


def _from_html(markup: str, notes: Notes) -> str:
    from knowledge.frontmatter import Unreadable

    try:
        document = read_html(f"<title>.</title><body>{markup}</body>", notes.file)
    except Unreadable:
        return ""
    for problem in document.notes:
        notes.add(1, problem.message)
    return document.body


def _checked(asked: Asked, notes: Notes) -> Asked | None:
    labels = [choice.label for choice in asked.choices]
    if not asked.prompt or len(labels) < 2 or not all(labels) or len(set(labels)) < len(labels):
        notes.add(1, f"question {asked.name} is left out: it needs a prompt and two options or more that differ")
        return None
    if not any(choice.correct for choice in asked.choices):
        notes.add(1, f"question {asked.name} is left out: it does not say which option is right")
        return None
    return asked
