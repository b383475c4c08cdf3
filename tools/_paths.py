"""A program's versions, each told by the path of changes that leads to it. Runs inside the sandbox and outside.

A step of a path is the number of a change: among those of the program itself, and after these among those of what the
path so far made new. Changes of the program itself that a version leaves possible are not worked out anew for it, which
is most of them, and takes longer than trying some hundred.
"""

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tools._align import strip
from tools._edits import Edit, Splice, Touched, applied, changes, kept, undo
from tools._slips import pieces

Steps = tuple[int, ...]
Field = tuple[int, str]


class Paths:
    """Of one program, whose tree is changed in place and back; always the same for the same program and donors."""

    def __init__(self, code: str, donors: Sequence[str], texts: Sequence[str]) -> None:
        self.tree = strip(ast.parse(code))
        self._at = pieces(self.tree, donors, texts)
        self._first = changes(self.tree, self._at)
        self._own = {id(node) for node in ast.walk(self.tree)}
        self._names = {
            node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self._of: dict[int, list[int]] = {}
        for number, edit in enumerate(self._first):
            for node, _, _ in edit.sets:
                self._of.setdefault(id(node), []).append(number)
        self._taken: dict[Steps, Edit] = {}
        self._later: dict[Steps, list[Edit]] = {}

    @contextmanager
    def along(self, path: Steps) -> Iterator[None]:
        """Inside, the tree is the version that the path leads to. Raises IndexError when there is no such path."""
        undone = []
        try:
            for place in range(len(path)):
                undone.append(applied(self._edit(path[: place + 1])))
            yield
        finally:
            for before in reversed(undone):
                undo(before)

    def written(self, path: Steps) -> str:
        """Raises IndexError, RecursionError."""
        with self.along(path):
            return ast.unparse(ast.fix_missing_locations(self.tree))

    def further(self, path: Steps) -> list[tuple[int, Edit]]:
        """The steps that can follow, with what they change. Only inside `along(path)`."""
        if not path:
            return list(enumerate(self._first))
        alive = {id(node) for node in ast.walk(self.tree)}
        whole, spliced = self._fields(path)

        def fits(node: ast.AST, field: str, value: object) -> bool:
            place = (id(node), field)
            if id(node) not in alive or place in whole:
                return False
            if isinstance(value, Splice):
                return value.place(getattr(node, field)) is not None
            return place not in spliced

        changed = (self._own - alive) | {node for node, _ in whole | spliced}
        doubtful = {number for node in changed for number in self._of.get(node, ())}
        left = [
            (number, edit)
            for number, edit in enumerate(self._first)
            if number not in doubtful or all(fits(*part) for part in edit.sets)
        ]
        return left + list(enumerate(self._new(path), len(self._first)))

    def _fields(self, path: Steps) -> tuple[set[Field], set[Field]]:
        """The fields that the path gave another value, and the blocks in which it changed steps."""
        whole: set[Field] = set()
        spliced: set[Field] = set()
        for edit in self._edits(path):
            for node, field, value in edit.sets:
                (spliced if isinstance(value, Splice) else whole).add((id(node), field))
        return whole, spliced

    def _edits(self, path: Steps) -> list[Edit]:
        return [self._taken[path[: place + 1]] for place in range(len(path))]

    def _edit(self, path: Steps) -> Edit:
        """The last step's change. What leads to it is applied when this is called."""
        if path not in self._taken:
            step = path[-1]
            if step < 0:
                raise IndexError(step)
            later = step - len(self._first)
            self._taken[path] = kept(self._first[step] if later < 0 else self._new(path[:-1])[later])
        return self._taken[path]

    def _new(self, path: Steps) -> list[Edit]:
        """The changes of what the path put there or put elsewhere."""
        if path not in self._later:
            self._later[path] = changes(self.tree, self._at, self._touched(path)) if path else []
        return self._later[path]

    def _touched(self, path: Steps) -> Touched:
        whole, spliced = self._fields(path)
        made = [node for node in ast.walk(self.tree) if id(node) not in self._own]
        # With a new variable, steps can be missing that could not be before.
        named = any(
            isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id not in self._names
            for node in made
        )
        return Touched({id(node) for node in made}, whole | spliced if named else whole)
