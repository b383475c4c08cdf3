"""How large a repair is: the edit distance between two programs' syntax trees, by the nodes of the student's program.

Zhang and Shasha 1989: the least number of nodes deleted, inserted or renamed. Refactory and Clara report repairs this
way (relative patch size).
"""

import ast
from dataclasses import dataclass, field

NODES_MAX = 1_500  # two programs of this size take some ten seconds


@dataclass(slots=True)
class _Tree:
    """In post-order: a label a node, and the place of its leftmost leaf. `keys` are the roots of what is compared."""

    labels: list[str] = field(default_factory=list)
    leftmost: list[int] = field(default_factory=list)

    @property
    def keys(self) -> list[int]:
        return sorted({leaf: place for place, leaf in enumerate(self.leftmost)}.values())


def relative_patch_size(before: str, after: str) -> float | None:
    """Tree edits by nodes of `before`, docstrings and layout apart. None when either does not parse or is too long."""
    try:
        a, b = _tree(ast.parse(before)), _tree(ast.parse(after))
    except (SyntaxError, ValueError, RecursionError):
        return None
    if len(a.labels) > NODES_MAX or len(b.labels) > NODES_MAX:
        return None
    return _distance(a, b) / max(1, len(a.labels))


def _tree(program: ast.AST) -> _Tree:
    tree = _Tree()
    _add(program, tree)
    return tree


def _add(node: ast.AST, tree: _Tree) -> int:
    """Appends `node` behind its children; the place of its leftmost leaf."""
    first = None
    for child in _children(node):
        leaf = _add(child, tree)
        first = leaf if first is None else first
    leftmost = len(tree.labels) if first is None else first
    tree.labels.append(_label(node))
    tree.leftmost.append(leftmost)
    return leftmost


def _children(node: ast.AST) -> list[ast.AST]:
    found = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)]
    if (
        isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and ast.get_docstring(node, clean=False) is not None
    ):
        found.remove(node.body[0])
    return found


def _label(node: ast.AST) -> str:
    """The kind of node with the names and values that stand in it."""
    values = [
        str(value) for _, value in ast.iter_fields(node) if isinstance(value, str | int | float | bytes | complex)
    ]
    return " ".join([type(node).__name__, *values])


def _distance(a: _Tree, b: _Tree) -> int:
    table = [[0] * len(b.labels) for _ in a.labels]
    for i in a.keys:
        for j in b.keys:
            _fill(a, b, i, j, table)
    return table[-1][-1]


def _fill(a: _Tree, b: _Tree, i: int, j: int, table: list[list[int]]) -> None:
    """The distances between all subtrees whose leftmost leaves are those of `i` and `j`."""
    left_a, left_b = a.leftmost[i], b.leftmost[j]
    width = j - left_b + 2
    above = list(range(width))
    rows = [above]
    for x in range(left_a, i + 1):
        row = [above[0] + 1] + [0] * (width - 1)
        rows.append(row)
        whole_a = a.leftmost[x] == left_a
        for y in range(left_b, j + 1):
            at = y - left_b + 1
            least = min(above[at], row[at - 1]) + 1
            if whole_a and b.leftmost[y] == left_b:
                least = min(least, above[at - 1] + (a.labels[x] != b.labels[y]))
                table[x][y] = least
            else:
                least = min(least, rows[a.leftmost[x] - left_a][b.leftmost[y] - left_b] + table[x][y])
            row[at] = least
        above = row
