"""Gradient-boosted symmetric trees: fitted and read with numpy alone, kept as plain lists of numbers.

In a symmetric tree every level asks one question of all its nodes (Prokhorenkova et al. 2018), so that a tree of depth d is d
questions and 2**d values, and reading a whole forest is three array operations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
OnProgress = Callable[[int, int], None]

_BINS = 64
_SEED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`rows` and `columns`: the share that each tree is fitted to. `ridge`: weight of a value of 0 in each leaf."""

    trees: int = 200
    depth: int = 6
    rate: float = 0.08
    ridge: float = 20.0
    rows: float = 0.4
    columns: float = 0.4


class Forest:
    """The log-odds that the trees add. `columns` and `bounds` are (trees, depth): a level's bit is set where the column is
    above the bound; `values` is (trees, 2**depth)."""

    def __init__(self, columns: npt.NDArray[np.intp], bounds: Array, values: Array) -> None:
        self._columns, self._bounds, self._values = columns, bounds, values
        self._bits = 1 << np.arange(columns.shape[1])
        self._starts = np.arange(len(values)) * values.shape[1]
        self._flat = values.ravel()

    def add(self, row: Array) -> float:
        """Of one answer's features."""
        leaves = (row[self._columns] > self._bounds) @ self._bits
        return float(self._flat[self._starts + leaves].sum())

    def add_all(self, rows: Array) -> Array:
        total = np.zeros(len(rows))
        for columns, bounds, values in zip(self._columns, self._bounds, self._values, strict=True):
            total += values[(rows[:, columns] > bounds) @ self._bits]
        return total

    def written(self) -> dict[str, Any]:
        """As JSON. Bounds are values that occur, and stay above them when they are rounded: a tie is no step up."""
        return {
            "columns": self._columns.tolist(),
            "bounds": np.round(self._bounds + 1e-6, 6).tolist(),
            "values": np.round(self._values, 4).tolist(),
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Forest":
        """Raises ValueError, KeyError for what `written` has not given."""
        columns, bounds = np.asarray(kept["columns"], np.intp), np.asarray(kept["bounds"], float)
        values = np.asarray(kept["values"], float)
        if columns.shape != bounds.shape or values.shape != (len(columns), 2 ** columns.shape[1]):
            raise ValueError("the trees do not fit together")
        return cls(columns, bounds, values)


def fit(rows: Array, outcomes: Array, offset: Array, weights: Array, recipe: Recipe, on_progress: OnProgress) -> Forest:
    """Trees for the logistic loss on top of `offset` (log-odds), each one Newton step."""
    cuts = [_cuts(column) for column in rows.T]
    binned = np.stack([np.searchsorted(cut, column).astype(np.int64) for cut, column in zip(cuts, rows.T, strict=True)])
    drawn = np.random.default_rng(_SEED)
    logits = offset.copy()
    columns, bounds, values = [], [], []
    for number in range(recipe.trees):
        known = 1 / (1 + np.exp(-logits))
        picked = np.flatnonzero(drawn.random(len(logits)) < recipe.rows)
        pool = np.flatnonzero(drawn.random(len(cuts)) < recipe.columns)
        push, pull = weights * (outcomes - known), weights * known * (1 - known)
        if not len(pool):
            pool = np.arange(len(cuts))
        asked = _grow(binned, picked, pool, push, pull, recipe)
        leaves = sum(((binned[column] > place) << level) for level, (column, place) in enumerate(asked))
        value = _values(leaves[picked], push[picked], pull[picked], recipe)
        logits += value[leaves]
        columns.append([column for column, _ in asked])
        bounds.append([cuts[column][place] if place < len(cuts[column]) else 1e300 for column, place in asked])
        values.append(value)
        on_progress(number + 1, recipe.trees)
    return Forest(np.asarray(columns, np.intp), np.asarray(bounds), np.asarray(values))


def _cuts(column: Array) -> Array:
    """At most 63 bounds, between values that occur."""
    return np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1], method="lower"))


def _grow(
    binned: npt.NDArray[np.int64], picked: npt.NDArray[np.intp], pool: npt.NDArray[np.intp], push: Array, pull: Array, recipe: Recipe
) -> list[tuple[int, int]]:  # fmt: skip
    """The questions of one tree, each a column and the place of its bound: greedily the one that gains most over all nodes."""
    push, pull = push[picked], pull[picked]
    own = {int(column): binned[column][picked] for column in pool}
    nodes = np.zeros(len(picked), np.int64)
    asked: list[tuple[int, int]] = []
    for level in range(recipe.depth):
        gains = {column: _gains(nodes, 1 << level, places, push, pull, recipe.ridge) for column, places in own.items()}
        column = max(gains, key=lambda name: float(gains[name].max()))
        place = int(gains[column].argmax())
        asked.append((column, place))
        nodes |= (own[column] > place) << level
    return asked


def _gains(
    nodes: npt.NDArray[np.int64], count: int, places: npt.NDArray[np.int64], push: Array, pull: Array, ridge: float
) -> Array:
    """What a cut after each place would gain, summed over the nodes."""
    where = nodes * _BINS + places
    left_push = np.bincount(where, push, count * _BINS).reshape(count, _BINS).cumsum(1)
    left_pull = np.bincount(where, pull, count * _BINS).reshape(count, _BINS).cumsum(1)
    all_push, all_pull = left_push[:, -1:], left_pull[:, -1:]
    gained = left_push**2 / (left_pull + ridge) + (all_push - left_push) ** 2 / (all_pull - left_pull + ridge)
    return np.asarray(gained.sum(0), float)


def _values(leaves: npt.NDArray[np.int64], push: Array, pull: Array, recipe: Recipe) -> Array:
    size = 1 << recipe.depth
    return recipe.rate * np.bincount(leaves, push, size) / (np.bincount(leaves, pull, size) + recipe.ridge)
