"""The decorators of all kernels, and where their compiled code is kept.

No fast-math, no SVML, IEEE division (``error_model="numpy"``): the bits are the contract. Kernels release
the GIL, so threads share the work.

Lanes: kernels that work on R frames side by side take flat 1-D buffers in lane order, element
``index*R + lane``, and a tuple ``lanes`` of R zeros. Its *length is part of its type*, so vectors of R numbers
(:mod:`rnnoise_py.lanes.vectors`) are values, and LLVM sees constant strides; R = 1 streams, R = LANES is bulk, both
from one source.

Indices: a negative index means "from the end" in Python, and code that allows for it does not vectorize.
``index & INDEX`` tells the compiler that an index cannot be negative; it changes nothing else.

Cache: numba notices a changed function but not a changed callee in another file, so the cache folder is keyed
on a digest of all the sources that kernels are made of. It lies in NUMBA_CACHE_DIR, else in the user's cache.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import numba

import rnnoise_py.lanes.vector_moves  # lets numba compile rnnoise_py.lanes.vectors
import rnnoise_py.lanes.wide_code  # noqa: F401  # and rnnoise_py.lanes.wide_vectors

F = TypeVar("F", bound=Callable[..., Any])

LANES: Final = 16  # frames side by side in bulk work
ONE: Final = (0,)  # lanes of streaming work
BULK: Final = (0,) * LANES

INDEX: Final = 0x7FFF_FFFF  # mask of a non-negative index


def source_digest() -> str:
    """Hex digest of every source file that reaches compiled code."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    rooms = ("spec", "lanes", "dsp")
    sources = [f"{room}/{path.name}" for room in rooms for path in sorted((package / room).glob("*.py"))]
    for name in sources:
        digest.update(name.encode() + (package / name).read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Folder of the compiled kernels of these sources."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    base = Path(given) if given else Path(user) / "rnnoise-py" / "kernels"
    return base / source_digest()


_CACHE_FOLDER: Final = cache_folder()


def cached_njit(function: F, folder: Path, **options: Any) -> Any:
    """Wrap a function for compilation; its code is kept in ``folder`` where that can be written."""
    compiled: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)
    if not numba.config.DISABLE_JIT:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(folder)
        try:
            compiled.enable_caching()
        except (RuntimeError, OSError):  # nowhere to write: compile in every process
            pass
        finally:
            numba.config.CACHE_DIR = before
    return compiled


def kernel(function: F) -> F:
    """Compile a kernel on first use; keep the code for later processes where the cache can be written."""
    compiled: F = cached_njit(function, _CACHE_FOLDER)
    return compiled


def inline_kernel(function: F) -> F:
    """Make a part of a kernel that is inlined at its calls, so that constant arguments stay constants."""
    compiled: F = numba.njit(nogil=True, error_model="numpy", inline="always")(function)
    return compiled
