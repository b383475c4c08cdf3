"""Tells ragas not to phone home, which it learns from the environment alone, once, when it is first used."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec


def is_installed() -> bool:
    return find_spec("ragas") is not None


@contextmanager
def quiet() -> Iterator[None]:
    """Around every import of ragas; its own deprecations stay out of sight."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
