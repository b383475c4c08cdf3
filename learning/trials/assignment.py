"""Who belongs to which variant: worked out from names alone, so that it needs no row and is the same on any server."""

import hashlib
import math
from collections.abc import Mapping


def place(layer: str, student: str) -> float:
    """Where the student stands in a layer, in [0, 100): experiments of one layer take stretches that do not touch."""
    return 100 * _fraction("layer", layer, student)


def choose(experiment: str, student: str, weights: Mapping[str, float]) -> str:
    """The student's variant, each with the chance of its weight. Weighted rendezvous hashing (Thaler and Ravishankar
    1998): whoever is in a variant stays in it when its own weight grows, and nobody moves between two whose weights stay."""
    return min(
        (name for name, weight in weights.items() if weight > 0),
        key=lambda name: (-math.log(_fraction(experiment, name, student)) / weights[name], name),
    )


def _fraction(*words: str) -> float:
    """In (0, 1). Names are joined by a sign that none of them holds."""
    digest = hashlib.blake2b("\x1f".join(words).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / 2**64
