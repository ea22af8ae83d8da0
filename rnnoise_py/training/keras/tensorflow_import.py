"""Import TensorFlow without its chatter, once, and say clearly where it is missing."""

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from rnnoise_py.errors import DependencyError


def tensorflow_installed() -> bool:
    """Whether TensorFlow is installed; imports nothing."""
    return find_spec("tensorflow") is not None


def require_tensorflow() -> None:
    """Raise :class:`DependencyError` where TensorFlow is not installed; imports nothing."""
    if not tensorflow_installed():
        raise DependencyError("this needs TensorFlow: pip install 'rnnoise-py[train]', or train with --engine numba")


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """Silence what C++ code writes to the standard error stream; Python's exceptions still come through."""
    sys.stderr.flush()
    saved = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(silence)


def load_tensorflow() -> Any:
    """Import TensorFlow and return it."""
    require_tensorflow()
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        with _muted():
            import tensorflow  # noqa: F401
    return sys.modules["tensorflow"]


def gpu_visible() -> bool:
    """Whether TensorFlow sees a GPU."""
    tf = load_tensorflow()
    with _muted():
        return bool(tf.config.list_physical_devices("GPU"))
