"""How well passages are found: `python -m bench.retrieval --corpus F --queries F --qrels F` on data in the BEIR form."""

import argparse
import gzip
import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.chunk import Document
from knowledge.embed import DEFAULT_MODEL, Encoder, FloatArray, open_encoder
from knowledge.search import Searcher, prepare, searcher_of

DEPTH = 10
_RRF = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A corpus, queries (id, text) and, for each query, the ids of what is relevant."""

    documents: tuple[Document, ...]
    queries: tuple[tuple[str, str], ...]
    relevant: Mapping[str, frozenset[str]]


def read_judged(corpus: Path, queries: Path, qrels: Path) -> Judged:
    """Queries without a judgement are left out."""
    relevant: dict[str, set[str]] = {}
    for line in _lines(qrels)[1:]:
        query, document, score = line.split("\t")
        if float(score) > 0:
            relevant.setdefault(query, set()).add(document)
    asked = [json.loads(line) for line in _lines(queries)]
    return Judged(
        documents=tuple(_document(json.loads(line)) for line in _lines(corpus)),
        queries=tuple((q["_id"], q["text"]) for q in asked if q["_id"] in relevant),
        relevant={query: frozenset(found) for query, found in relevant.items()},
    )


def _lines(path: Path) -> list[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [line for line in raw.decode().split("\n") if line.strip()]


def _document(line: dict[str, Any]) -> Document:
    return Document(id=line["_id"], text=line["text"], heading=line.get("title", ""))


def open_searcher(judged: Judged, encoder: Encoder, cache: Path | None) -> Searcher:
    """Embedding a corpus takes minutes: with `cache`, once."""
    if cache is None:
        return searcher_of(judged.documents, encoder)
    return searcher_of(judged.documents, Remembering.beside(judged, encoder, cache))


class Remembering:
    """An encoder that keeps the vectors of its first call in a file."""

    @classmethod
    def beside(cls, judged: Judged, encoder: Encoder, cache: Path) -> "Remembering":
        names = hashlib.sha256("\0".join(d.id + d.whole for d in judged.documents).encode()).hexdigest()[:16]
        return cls(encoder, cache / f"{names}-{encoder.fingerprint}.npz")

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self.fingerprint = encoder.fingerprint
        self._encoder, self._file = encoder, file

    def encode(self, texts: Sequence[str]) -> FloatArray:
        if self._file.is_file() and len(kept := np.load(self._file)["vectors"]) == len(texts):
            return np.asarray(kept, np.float32)
        vectors = self._encoder.encode(texts)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._file, vectors=vectors)
        return vectors


def score(ranked: Sequence[str], relevant: frozenset[str]) -> dict[str, float]:
    """The first ten of one query. recall: of what is relevant, at most ten; ndcg: Järvelin and Kekäläinen 2002."""
    hits = [i for i, document in enumerate(ranked[:DEPTH]) if document in relevant]
    ideal = sum(1 / math.log2(i + 2) for i in range(min(DEPTH, len(relevant))))
    return {
        "mrr_10": 1 / (hits[0] + 1) if hits else 0.0,
        "recall_10": len(hits) / min(DEPTH, len(relevant)),
        "hit_10": float(bool(hits)),
        "ndcg_10": sum(1 / math.log2(i + 2) for i in hits) / ideal,
    }


def rankings(searcher: Searcher, encoder: Encoder) -> dict[str, Callable[[str], list[int]]]:
    """Ours, and what is usual, over the same views."""

    def views(query: str) -> FloatArray:
        return searcher.views(query, encoder.encode([query])[0])

    def best(scores: FloatArray) -> list[int]:
        return [int(i) for i in np.argsort(-scores, kind="stable")[:DEPTH]]

    def ours(query: str) -> list[int]:
        return [hit.place for hit in searcher.search(query, encoder.encode([query])[0], DEPTH)]

    def fused(query: str) -> list[int]:
        _, chunk, _, words, *_ = views(query)
        ranks = [np.argsort(np.argsort(-scores, kind="stable"), kind="stable") for scores in (chunk, words)]
        return best(np.sum([1 / (_RRF + 1 + rank) for rank in ranks], axis=0))

    return {
        "hybrid": ours,
        "bm25": lambda query: best(views(query)[3]),
        "dense": lambda query: best(views(query)[1]),
        "rrf": fused,
    }


def measure(judged: Judged, rank: Callable[[str], list[int]]) -> dict[str, float]:
    """Means over the queries, and milliseconds of a query (embedding included, nothing cached)."""
    rows: list[dict[str, float]] = []
    times: list[float] = []
    rank("warm up")
    for identity, text in judged.queries:
        start = time.perf_counter()
        found = rank(prepare(text))
        times.append((time.perf_counter() - start) * 1e3)
        rows.append(score([judged.documents[i].id for i in found], judged.relevant[identity]))
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    return {**means, "p50_ms": float(np.percentile(times, 50)), "p95_ms": float(np.percentile(times, 95))}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpus", type=Path, required=True, help="JSON lines with _id, title, text (.gz too)")
    options.add_argument("--queries", type=Path, required=True, help="JSON lines with _id, text")
    options.add_argument(
        "--qrels", type=Path, required=True, help="tab-separated query-id, corpus-id, score; with a head"
    )
    options.add_argument("--model", default=DEFAULT_MODEL, help="sentence-transformers model: a name or a folder")
    options.add_argument("--data-dir", type=Path, default=Path(".learnflow"), help="where the exported model lies")
    options.add_argument("--cache", type=Path, help="folder that keeps the corpus's vectors for the next run")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    given = options.parse_args()
    judged = read_judged(given.corpus, given.queries, given.qrels)
    encoder = open_encoder(given.model, given.data_dir)
    searcher = open_searcher(judged, encoder, given.cache)
    results = {name: measure(judged, rank) for name, rank in rankings(searcher, encoder).items()}
    print(json.dumps(results, indent=2) if given.json else _table(results))


def _table(results: Mapping[str, Mapping[str, float]]) -> str:
    columns = list(next(iter(results.values())))
    lines = [" ".join([f"{'':8}", *(f"{name:>9}" for name in columns)])]
    for name, row in results.items():
        lines.append(
            " ".join([f"{name:8}", *(f"{row[c]:9.1f}" if c.endswith("ms") else f"{row[c]:9.3f}" for c in columns)])
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
