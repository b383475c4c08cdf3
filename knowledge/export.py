"""Turns a sentence-transformers model into an ONNX graph from token ids to unit vectors, its weights of one byte each
where that is wanted and exact enough; run as a process of its own."""

import json
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

COSINE_MIN = 0.9999
QUANTISED_COSINE_MIN = 0.98
_PROBES = (
    "What does a for loop do?",
    "A",
    "The derivative of $x^2$ is $2x$ because each factor is changed in turn. " * 12,
    "def area(r):\n    return 3.14 * r ** 2\n\nprint(area(2))",
)


def export(source: Path, folder: Path, precision: str) -> None:
    """Write model.onnx, tokenizer.json and encoder.json to `folder`, all or nothing. Raises when the graph does not
    give the model's own vectors."""
    partial = folder.with_name(f"{folder.name}.partial-{os.getpid()}")
    partial.mkdir(parents=True)
    try:
        _write(source, partial, precision)
        os.replace(partial, folder)
    except OSError:
        # another process may have finished the same export first
        if not (folder / "encoder.json").is_file():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write(source: Path, folder: Path, precision: str) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(source), device="cpu").eval()
    _trace(model, folder / "model.onnx")
    shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
    shape = {"tokens_max": model.max_seq_length, "dimensions": model.get_embedding_dimension()}
    (folder / "encoder.json").write_text(json.dumps(shape))
    theirs = model.encode(list(_PROBES), normalize_embeddings=True, show_progress_bar=False)
    if (worst := _worst_cosine(theirs, folder)) < COSINE_MIN:
        raise RuntimeError(f"the exported graph's vectors differ from the model's: cosine {worst:.5f}")
    if precision == "int8":
        _quantise(theirs, folder)


def _trace(model: Any, target: Path) -> None:
    import torch

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            vector = self.model({"input_ids": input_ids, "attention_mask": attention_mask})["sentence_embedding"]
            return torch.nn.functional.normalize(vector, p=2.0, dim=1)

    ids = torch.tensor([[101, 2054, 2003, 102], [101, 2054, 102, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    lengths = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings(), torch.no_grad():
        # the tracing exporter: the newer one needs packages that nothing else here does
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Graph(),
            (ids, mask),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["vector"],
            dynamic_axes={"input_ids": lengths, "attention_mask": lengths, "vector": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )


def _quantise(theirs: Any, folder: Path) -> None:
    """The float graph stays where no quantised one gives nearly its vectors. Processors without VNNI add up in 16 bits,
    which weights of seven bits cannot overflow."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]

    graph, whole = folder / "model.onnx", folder / "whole.onnx"
    graph.rename(whole)
    for reduce_range in (False, True):
        # a scale a column: with one for a whole matrix the vectors turn by twenty degrees
        quantize_dynamic(
            whole,
            graph,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=reduce_range,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
        if _worst_cosine(theirs, folder) >= QUANTISED_COSINE_MIN:
            whole.unlink()
            return
    whole.replace(graph)


def _worst_cosine(theirs: Any, folder: Path) -> float:
    from knowledge.embed import OnnxEncoder

    ours = OnnxEncoder(folder, "").encode(_PROBES)
    return float((ours * theirs).sum(axis=1).min())


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
