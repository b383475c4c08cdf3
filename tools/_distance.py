"""How far two programs' trees are apart, in nodes deleted, inserted or renamed. Runs inside the sandbox.

The least number of such edits (Zhang and Shasha 1989), which is how the size of a repair is told in the literature.
"""

import ast
from collections import Counter
from dataclasses import dataclass

NODES_MAX = 250
"""Larger trees take too long to compare: for them the lower bound has to do."""


@dataclass(slots=True)
class Shape:
    """A tree in post-order: a label a node, and the place of the leftmost leaf below it."""

    labels: list[str]
    leftmost: list[int]

    def roots(self) -> list[int]:
        """The last node above each leftmost leaf: what has to be compared from scratch."""
        return sorted({leaf: place for place, leaf in enumerate(self.leftmost)}.values())


def shape(tree: ast.AST) -> Shape:
    found = Shape([], [])
    _add(tree, found)
    return found


def _add(node: ast.AST, found: Shape) -> int:
    firsts = [_add(child, found) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)]
    first = firsts[0] if firsts else len(found.labels)
    found.labels.append(label(node))
    found.leftmost.append(first)
    return first


def label(node: ast.AST) -> str:
    values = [str(v) for _, v in ast.iter_fields(node) if isinstance(v, str | int | float | complex | bytes)]
    return " ".join([type(node).__name__, *values])


def at_least(a: Shape, b: Shape) -> int:
    """No two trees with these labels are nearer than this: cheap."""
    x, y = Counter(a.labels), Counter(b.labels)
    return max((x - y).total(), (y - x).total())


def distance(a: Shape, b: Shape) -> int:
    if max(len(a.labels), len(b.labels)) > NODES_MAX:
        return at_least(a, b)
    table = [[0] * len(b.labels) for _ in a.labels]
    others = b.roots()
    for i in a.roots():
        for j in others:
            _compare(a, b, i, j, table)
    return table[-1][-1]


def _compare(a: Shape, b: Shape, i: int, j: int, table: list[list[int]]) -> None:
    """Fills in the distances between the subtrees on the leftmost paths of `i` and `j`."""
    start_a, start_b = a.leftmost[i], b.leftmost[j]
    rows = [list(range(j - start_b + 2))]
    for x in range(start_a, i + 1):
        above, known, name = rows[-1], table[x], a.labels[x]
        jump = a.leftmost[x] - start_a
        row = [above[0] + 1]
        for at, y in enumerate(range(start_b, j + 1)):
            back = b.leftmost[y] - start_b
            best = min(above[at + 1], row[at]) + 1
            if jump == 0 and back == 0:
                best = min(best, above[at] + (name != b.labels[y]))
                known[y] = best
            else:
                best = min(best, rows[jump][back] + known[y])
            row.append(best)
        rows.append(row)
