"""How often the shortlist of a large index finds what scoring all of it would: `python -m bench.shortlist --corpus F
--queries F --qrels F`, the corpus blown up to `--chunks` with passages mixed from its own."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.retrieval import DEPTH, Judged, Remembering, read_judged, score
from knowledge.chunk import Document, cut
from knowledge.embed import DEFAULT_MODEL, Encoder, FloatArray, open_encoder
from knowledge.lexical import IntArray
from knowledge.search import Searcher, prepare

_QUERIES = 150
_MIXED_IN = 0.5
_NOISE = 0.25
_WORDS_KEPT = 0.8


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpus", type=Path, required=True)
    options.add_argument("--queries", type=Path, required=True)
    options.add_argument("--qrels", type=Path, required=True)
    options.add_argument("--chunks", type=int, default=100_000)
    options.add_argument("--data-dir", type=Path, default=Path(".learnflow"), help="where the exported model lies")
    options.add_argument("--cache", type=Path, help="folder that keeps the corpus's vectors for the next run")
    given = options.parse_args()
    judged = read_judged(given.corpus, given.queries, given.qrels)
    encoder = open_encoder(DEFAULT_MODEL, given.data_dir)
    corpus = _embedded(judged, Remembering.beside(judged, encoder, given.cache) if given.cache else encoder)
    documents, leads, chunks, owners = _blown_up(*corpus, given.chunks)
    print(f"{len(documents):,} passages, {len(chunks):,} chunks")
    queries = [prepare(text) for _, text in judged.queries[:_QUERIES]]
    relevant = [judged.relevant[identity] for identity, _ in judged.queries[:_QUERIES]]
    vectors = encoder.encode(queries)
    found: list[list[list[str]]] = []
    for name, exact_max in (("all", len(documents)), ("shortlist", 0)):
        searcher = Searcher(documents, leads, chunks, owners, exact_max=exact_max)
        ranked, p50_ms = _rank(searcher, queries, vectors)
        found.append(ranked)
        scores = [score(names, wanted) for names, wanted in zip(ranked, relevant, strict=True)]
        means = ", ".join(
            f"{figure} {np.mean([one[figure] for one in scores]):.3f}" for figure in ("mrr_10", "recall_10")
        )
        print(f"{name:10} {means}, p50 {p50_ms:.1f} ms")
    shared = [len(set(one) & set(other)) / DEPTH for one, other in zip(*found, strict=True)]
    first = [one[0] == other[0] for one, other in zip(*found, strict=True)]
    print(f"of all's first ten the shortlist finds {np.mean(shared):.4f}; the same first: {np.mean(first):.4f}")


def _rank(searcher: Searcher, queries: Sequence[str], vectors: FloatArray) -> tuple[list[list[str]], float]:
    ranked, times = [], []
    for query, vector in zip(queries, vectors, strict=True):
        began = time.perf_counter()
        hits = searcher.search(query, vector, DEPTH)
        times.append((time.perf_counter() - began) * 1000)
        ranked.append([searcher.documents[hit.place].id for hit in hits])
    return ranked, float(np.percentile(times, 50))


def _embedded(judged: Judged, encoder: Encoder) -> tuple[list[Document], FloatArray, FloatArray, IntArray, list[str]]:
    pieces = [piece for document in judged.documents for piece in cut(document)]
    vectors = encoder.encode([piece.text for piece in pieces])
    leads = np.array([piece.field == "lead" for piece in pieces], bool)
    number = {document.id: i for i, document in enumerate(judged.documents)}
    owners = np.array([number[piece.document] for piece in pieces], np.int64)
    texts = [piece.text for piece in pieces if piece.field == "chunk"]
    return list(judged.documents), vectors[leads], vectors[~leads], owners[~leads], texts


def _blown_up(
    documents: list[Document], leads: FloatArray, chunks: FloatArray, owners: IntArray, texts: Sequence[str], total: int
) -> tuple[list[Document], FloatArray, FloatArray, IntArray]:
    """With passages of chunks from anywhere in the corpus, a fifth of their words gone; a vector lies between those of
    two real ones, off by some noise. Random vectors would be unlike any text's."""
    rng = np.random.default_rng(5)
    lengths = np.bincount(owners)
    parts_of: list[IntArray] = []
    while len(chunks) + sum(map(len, parts_of)) < total:
        parts_of.append(rng.choice(len(chunks), min(int(rng.choice(lengths)), 40)))
    made = [_mixed(rng, texts, parts, i) for i, parts in enumerate(parts_of)]
    drawn = np.concatenate(parts_of)
    new_leads = _between(rng, chunks[[parts[0] for parts in parts_of]], leads)
    new_owners = np.repeat(np.arange(len(made)) + len(documents), [len(parts) for parts in parts_of])
    return (
        [*documents, *made],
        np.concatenate([leads, new_leads]),
        np.concatenate([chunks, _between(rng, chunks[drawn], chunks)]),
        np.concatenate([owners, new_owners]),
    )


def _mixed(rng: np.random.Generator, texts: Sequence[str], parts: IntArray, number: int) -> Document:
    words = " ".join(texts[part] for part in parts).split()
    kept = rng.random(len(words)) < _WORDS_KEPT
    return Document(id=f"mixed-{number}", text=" ".join(word for word, keep in zip(words, kept, strict=True) if keep))


def _between(rng: np.random.Generator, rows: FloatArray, others: FloatArray) -> FloatArray:
    noise = rng.standard_normal(rows.shape, np.float32) / np.sqrt(rows.shape[1])
    mixed = rows + _MIXED_IN * others[rng.integers(len(others), size=len(rows))] + _NOISE * noise
    between: FloatArray = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
    return between


if __name__ == "__main__":
    main()
