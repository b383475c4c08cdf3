"""Common Cartridge and QTI packages: the manifest says what comes in which order and under which title."""

import posixpath
from collections.abc import Iterator, Mapping
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from knowledge.frontmatter import Problem, Unreadable
from knowledge.imports.xml import named, read_xml, text_of

MANIFEST = "imsmanifest.xml"


def manifest_of(files: Mapping[str, bytes]) -> str | None:
    """The manifest's name: it lies at the top, or in the one folder that somebody packed along."""
    found = sorted((name for name in files if posixpath.basename(name) == MANIFEST), key=lambda name: name.count("/"))
    return found[0] if found and found[0].count("/") <= 1 else None


def ordered(files: Mapping[str, bytes], manifest: str) -> tuple[list[tuple[str, str]], list[Problem]]:
    """Files with the titles that the manifest gives them ('' where it gives none), in its order, and what it names that
    cannot be had. Raises Unreadable."""
    root = read_xml(files[manifest], manifest)
    base = posixpath.dirname(manifest)
    resources = {str(one.get("identifier")): one for one in named(root, "resource")}
    titled = list(_titled(root))
    rest = [(name, "") for name in resources if name not in {reference for reference, _ in titled}]
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for reference, title in [*titled, *rest]:
        resource = resources.get(reference)
        if resource is None:
            problems.append(Problem(file=manifest, line=1, message=f"{title or reference} leads to no resource"))
            continue
        name, problem = _file_of(resource, base, files, manifest)
        if problem:
            problems.append(problem)
        elif name:
            found.setdefault(name, title)
    if not resources:
        raise Unreadable(manifest, 1, "lists no resources")
    return list(found.items()), problems


def _titled(root: Element) -> Iterator[tuple[str, str]]:
    for item in named(root, "item"):
        if item.get("identifierref"):
            yield str(item.get("identifierref")), text_of(next((one for one in item if one.tag == "title"), None))


def _file_of(
    resource: Element, base: str, files: Mapping[str, bytes], manifest: str
) -> tuple[str | None, Problem | None]:
    kind = str(resource.get("type", ""))
    href = resource.get("href") or next((one.get("href") for one in named(resource, "file")), None)
    if "imswl" in kind or "imsbasiclti" in kind or "imsdt" in kind:
        what = "a link" if "imswl" in kind else "a tool" if "lti" in kind else "a discussion"
        return None, Problem(
            file=manifest, line=1, message=f"{href or resource.get('identifier')} is {what}; it is left out"
        )
    if not href:
        return None, None
    name = posixpath.normpath(posixpath.join(base, unquote(href.partition("?")[0].partition("#")[0])))
    if name.startswith(("../", "/")) or name not in files:
        return None, Problem(file=manifest, line=1, message=f"{href[:100]} is not in the package")
    return name, None
