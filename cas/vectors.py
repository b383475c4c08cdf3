"""Sums, multiples, products and lengths of vectors and matrices, worked out entry by entry while an answer is read."""

from typing import cast

from cas.syntax import HALF, TWO, Expr, Group, Matrix, Node, Pow, add, is_expr, mul

ENTRIES_MAX = 64
_KINDS = ("tuple", "vector", "bracket")


def is_array(node: Node) -> bool:
    """Whether it is a matrix, or a point or vector whose components are expressions."""
    return isinstance(node, Matrix) or (
        isinstance(node, Group) and node.kind in _KINDS and all(map(is_expr, node.items))
    )


def plus(a: Node, b: Node) -> Node | None:
    """a + b, or None when they have other shapes."""
    left, right = _rows(a), _rows(b)
    if [len(r) for r in left] != [len(r) for r in right]:
        return None
    return _like(a, [[add(x, y) for x, y in zip(r, s, strict=True)] for r, s in zip(left, right, strict=True)])


def scaled(factor: Expr, a: Node) -> Node:
    """factor times a."""
    return _like(a, [[mul(factor, x) for x in row] for row in _rows(a)])


def times(a: Matrix, b: Node) -> Node | None:
    """The matrix product, or None when the shapes do not fit or it is large."""
    left, right = _rows(a), _rows(b)
    if len(left[0]) != len(right) or len(left) * len(right) * len(right[0]) > ENTRIES_MAX:
        return None
    columns = list(zip(*right, strict=True))
    return _like(b, [[add(*(mul(x, y) for x, y in zip(row, c, strict=True))) for c in columns] for row in left])


def length(a: Node) -> Expr:
    """The length of a vector."""
    return Pow(add(*(Pow(x, TWO) for row in _rows(a) for x in row)), HALF)


def _rows(node: Node) -> list[list[Expr]]:
    if isinstance(node, Matrix):
        return [list(row) for row in node.rows]
    return [[cast(Expr, item)] for item in cast(Group, node).items]


def _like(node: Node, rows: list[list[Expr]]) -> Node:
    if isinstance(node, Group):
        return Group(node.kind, tuple(row[0] for row in rows))
    return Matrix(tuple(map(tuple, rows)))
