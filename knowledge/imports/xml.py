"""XML of strangers: no document types, no entities of their own, nothing from outside."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from knowledge.frontmatter import Unreadable


def read_xml(content: bytes, file: str) -> Element:
    """The root, its tags without namespaces. Raises Unreadable; a DOCTYPE alone is refused, since entities that grow and
    files that are drawn in both need one."""
    from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    try:
        root: Element = fromstring(content, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise Unreadable(file, 1, f"is refused: its XML declares types or entities ({type(error).__name__})") from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        line = error.position[0] if isinstance(error, ParseError) else 1
        raise Unreadable(file, line, f"is no XML: {error}") from error
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


def text_of(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def named(element: Element, *tags: str) -> Iterator[Element]:
    return (one for one in element.iter() if one.tag in tags)
