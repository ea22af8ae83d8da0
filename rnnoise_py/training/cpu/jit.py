"""The decorators of the training kernels: as :mod:`rnnoise_py.lanes.jit`, but multiply-adds may be fused.

Training promises the same bits again on the same machine, not the bits of another program, so the
processor's fused multiply-add may be used. Nothing else of fast-math: NaN must come through.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import numba

from rnnoise_py.lanes.jit import cache_folder, cached_njit

F = TypeVar("F", bound=Callable[..., Any])

_FUSED: Final = {"contract"}


def _cache_folder() -> Path:
    """Folder keyed on the sources: numba does not notice a changed callee in another file."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return cache_folder() / f"training-{digest.hexdigest()[:16]}"


_CACHE_FOLDER: Final = _cache_folder()


def training_kernel(function: F) -> F:
    """Compile a kernel on first use; keep the code for later processes where the cache can be written."""
    compiled: F = cached_njit(function, _CACHE_FOLDER, fastmath=_FUSED)
    return compiled


def training_inline(function: F) -> F:
    """Compile a small function that training kernels call and LLVM inlines."""
    compiled: F = numba.njit(nogil=True, error_model="numpy", fastmath=_FUSED)(function)
    return compiled
