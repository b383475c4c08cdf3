"""The copy of the live index is read back as written, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.cache import Copy, read_copy, stamp_of, write_copy
from knowledge.store import Record, Records


def records() -> Records:
    record = Record(id="a/lead/0", document="a", field="lead", text="∫", digest="d", facts={"topic": "t", "place": 0})
    return Records(records=(record,), vectors=np.array([[0.6, 0.8]], np.float32))


COPY = Copy(version="v1", found=records(), files={"a.md": "∫"}, held=True)


def test_a_copy_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_copy(tmp_path, COPY)

    found = read_copy(tmp_path)

    assert found is not None
    assert (found.version, found.found.records) == ("v1", records().records)
    assert (dict(found.files), found.held) == ({"a.md": "∫"}, True)
    assert found.found.vectors.tolist() == records().vectors.tolist()


def test_a_stamp_changes_with_the_copy(tmp_path: Path) -> None:
    before = stamp_of(tmp_path)
    write_copy(tmp_path, COPY)
    first = stamp_of(tmp_path)
    write_copy(tmp_path, COPY)

    assert len({before, first, stamp_of(tmp_path)}) == 3


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read_copy(tmp_path) is None
    assert stamp_of(tmp_path) is None


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_damaged_copy_counts_as_none(tmp_path: Path, keep: int) -> None:
    write_copy(tmp_path, COPY)
    file = tmp_path / "index" / "live.npz"

    file.write_bytes(file.read_bytes()[:keep])

    assert read_copy(tmp_path) is None
