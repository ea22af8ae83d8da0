"""The decorators of the training kernels: as :mod:`rnnoise_py.dsp.jit`, but multiply-adds may be fused.

Training promises the same bits again on the same machine, not the bits of another program, so the
processor's fused multiply-add may be used. Nothing else of fast-math: NaN must come through.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import numba

from rnnoise_py.dsp.jit import cache_folder

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def _cache_folder() -> str:
    """Folder keyed on the sources: numba does not notice a changed callee in another file."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return str(cache_folder() / f"training-{digest.hexdigest()[:16]}")


_CACHE_FOLDER: Final = _cache_folder()


def training_kernel(function: F) -> F:
    """Compile a kernel on first use; keep the code for later processes where the cache can be written."""
    compiled: Any = numba.njit(**_OPTIONS)(function)
    if not numba.config.DISABLE_JIT:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = _CACHE_FOLDER
        try:
            compiled.enable_caching()
        except (RuntimeError, OSError):  # nowhere to write: compile in every process
            pass
        finally:
            numba.config.CACHE_DIR = before
    result: F = compiled
    return result


def training_inline(function: F) -> F:
    """Compile a small function that training kernels call and LLVM inlines."""
    compiled: F = numba.njit(**_OPTIONS)(function)
    return compiled
