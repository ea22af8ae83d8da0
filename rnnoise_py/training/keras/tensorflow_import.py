"""Import TensorFlow without its chatter, once, and say clearly where it is missing."""

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Final

from rnnoise_py.errors import DependencyError

#: devices of drivers on Linux: NVIDIA, NVIDIA on small boards, AMD, any in Windows's Linux
_GPU_DEVICES: Final = ("/dev/nvidiactl", "/dev/nvhost-gpu", "/dev/kfd", "/dev/dxg")


def tensorflow_installed() -> bool:
    """Whether TensorFlow is installed; imports nothing."""
    return find_spec("tensorflow") is not None


def require_tensorflow() -> None:
    """Raise :class:`DependencyError` where TensorFlow is not installed; imports nothing."""
    if not tensorflow_installed():
        raise DependencyError("this needs TensorFlow: pip install tensorflow, or train with --engine numba")


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
    """Import TensorFlow and return it; raise :class:`DependencyError` where it is missing or broken."""
    require_tensorflow()
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        try:
            with _muted():
                import tensorflow  # noqa: F401
        except Exception as error:  # a broken installation raises anything
            said = (str(error) or type(error).__name__).splitlines()[0]
            raise DependencyError(
                f"TensorFlow is installed and cannot be imported ({said}): install it again, or train with "
                "--engine numba"
            ) from error
    return sys.modules["tensorflow"]


def gpu_possible() -> bool:
    """Whether a GPU could be there; False where the system has no device of any, so that nothing need be imported."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}:
        return False
    return sys.platform != "linux" or any(os.path.exists(device) for device in _GPU_DEVICES)


def gpu_visible() -> bool:
    """Whether TensorFlow sees a GPU; raise :class:`DependencyError` where it is missing or broken."""
    tf = load_tensorflow()
    with _muted():
        return bool(tf.config.list_physical_devices("GPU"))
