"""Finds vectors near a query's among very many, without looking at most of them: an inverted file of cells."""

import numpy as np

from knowledge.embed import FloatArray
from knowledge.lexical import IntArray

# a third of the dimensions keeps four fifths of what tells this model's texts apart; the few that are found this way
# are compared in all of them afterwards
_DIMENSIONS = 96
_LEARNT_FROM = 20_000
_ROUNDS = 5
_PROBED = 128
_CELLS_A_ROOT = 2.0


class Cells:
    """Unit rows in few dimensions (principal ones), gathered around centres that k-means finds (Jégou, Douze and
    Schmid 2011, without their coding). `owners` names for each row what it belongs to."""

    def __init__(self, parts: list[FloatArray], owners: IntArray) -> None:
        rng = np.random.default_rng(0)
        self._axes = _axes(_some(rng, parts[0]))
        rows = np.concatenate([part @ self._axes for part in parts])
        centres = _centres(rng, _some(rng, rows), max(int(_CELLS_A_ROOT * len(rows) ** 0.5), 1))
        cells = _nearest(rows, centres)
        order = np.argsort(cells, kind="stable")
        self._centres = centres
        self._rows, self._owners = rows[order], owners[order].astype(np.int32)
        self._starts = np.searchsorted(cells[order], np.arange(len(centres) + 1))

    def find(self, vector: FloatArray) -> tuple[IntArray, FloatArray]:
        """The owners of rows in the cells nearest to a unit vector, an owner perhaps several times, with about the
        cosine of each."""
        small = vector @ self._axes
        far = -np.vecdot(self._centres, small)
        probed = np.argpartition(far, _PROBED)[:_PROBED] if len(far) > _PROBED else np.arange(len(far))
        spans = [slice(self._starts[cell], self._starts[cell + 1]) for cell in probed]
        owners = np.concatenate([self._owners[span] for span in spans])
        return owners, np.concatenate([np.vecdot(self._rows[span], small) for span in spans])


def _some(rng: np.random.Generator, rows: FloatArray) -> FloatArray:
    return rows if len(rows) <= _LEARNT_FROM else rows[np.sort(rng.choice(len(rows), _LEARNT_FROM, replace=False))]


def _axes(rows: FloatArray) -> FloatArray:
    _, axes = np.linalg.eigh(rows.T @ rows)
    return np.ascontiguousarray(axes[:, ::-1][:, :_DIMENSIONS], np.float32)


def _centres(rng: np.random.Generator, rows: FloatArray, count: int) -> FloatArray:
    count = min(count, len(rows))
    centres = rows[rng.choice(len(rows), count, replace=False)]
    for _ in range(_ROUNDS):
        cells = _nearest(rows, centres)
        order = np.argsort(cells, kind="stable")
        found, first = np.unique(cells[order], return_index=True)
        centres[found] = np.add.reduceat(rows[order], first, axis=0) / np.diff(np.r_[first, len(rows)])[:, None]
    return centres


def _nearest(rows: FloatArray, centres: FloatArray) -> IntArray:
    """The cell of each row, block by block: all distances at once would be gigabytes."""
    half = np.vecdot(centres, centres) / 2
    blocks = [np.argmax(rows[at : at + 4096] @ centres.T - half, axis=1) for at in range(0, len(rows), 4096)]
    return np.concatenate(blocks)
