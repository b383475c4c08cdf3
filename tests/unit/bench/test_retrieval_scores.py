"""The figures that a retrieval run prints are the field's own."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from bench.fit_retrieval import fit
from bench.retrieval import read_judged, score
from knowledge.search import LONGER, VIEWS


def test_scores_of_a_ranking() -> None:
    found = score(["a", "b", "c", "d"], frozenset({"b", "d", "x"}))

    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found["mrr_10"] == 0.5
    assert found["recall_10"] == pytest.approx(2 / 3)
    assert found["hit_10"] == 1
    assert found["ndcg_10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_what_comes_after_ten_does_not_count() -> None:
    assert set(score([str(i) for i in range(20)], frozenset({"10"})).values()) == {0.0}


def test_judged_data_is_read_packed_or_plain(tmp_path: Path) -> None:
    corpus = [
        {"_id": "d1", "title": "Loops", "text": "Repeat.", "parents": ["Python"]},
        {"_id": "d2", "text": "Other."},
    ]
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, corpus)).encode()))
    (tmp_path / "q.jsonl").write_text('{"_id": "q1", "text": "loop"}\n{"_id": "q2", "text": "not judged"}\n')
    (tmp_path / "r.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n")

    judged = read_judged(tmp_path / "c.jsonl.gz", tmp_path / "q.jsonl", tmp_path / "r.tsv")

    assert [document.whole for document in judged.documents] == ["Loops\nRepeat.", "Other."]
    assert judged.queries == (("q1", "loop"),)
    assert judged.relevant == {"q1": frozenset({"d1"})}


def test_the_view_that_tells_gets_the_weight() -> None:
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(40, 20, len(VIEWS) + len(LONGER))).astype(np.float32)
    relevant = (inputs[:, :, 2] == inputs[:, :, 2].max(axis=1, keepdims=True)).astype(np.float32)

    weights = fit([(inputs, relevant)])

    assert int(np.argmax(weights)) == 2
