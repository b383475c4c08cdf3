"""The copy of the live index is read back as written, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.cache import drop_copy, read_copy, write_copy
from knowledge.store import Record, Records


def records() -> Records:
    record = Record(id="a/lead/0", document="a", field="lead", text="∫", digest="d", facts={"topic": "t", "place": 0})
    return Records(records=(record,), vectors=np.array([[0.6, 0.8]], np.float32))


def test_a_copy_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_copy(tmp_path, "v1", records())

    found = read_copy(tmp_path)

    assert found is not None
    version, kept = found
    assert (version, kept.records) == ("v1", records().records)
    assert kept.vectors.tolist() == records().vectors.tolist()


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read_copy(tmp_path) is None
    drop_copy(tmp_path)


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_damaged_copy_counts_as_none(tmp_path: Path, keep: int) -> None:
    write_copy(tmp_path, "v1", records())
    file = tmp_path / "index" / "live.npz"

    file.write_bytes(file.read_bytes()[:keep])

    assert read_copy(tmp_path) is None
