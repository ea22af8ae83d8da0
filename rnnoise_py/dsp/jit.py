"""The one decorator of all kernels.

No fast-math, no SVML, IEEE division (``error_model="numpy"``): the bits are the contract. Kernels release
the GIL, so threads share the work; compiled code is cached beside the source (or in NUMBA_CACHE_DIR).

Lanes: kernels that work on R frames side by side take flat 1-D buffers in ``[index][lane]`` order, element
``index*R + lane``, and a tuple ``lanes`` of R zeros. Its *length is part of its type*, so LLVM sees a
constant stride and vectorises over the lanes; R = 1 streams, R = LANES is bulk, both from one source.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

LANES: Final = 16  # frames side by side in bulk work
ONE: Final = (0,)  # lanes of streaming work
BULK: Final = (0,) * LANES


def kernel(function: F) -> F:
    """Compile a kernel on first use."""
    compiled: F = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled


def inline_kernel(function: F) -> F:
    """Compile a small kernel that is inlined into its callers (at LLVM's discretion)."""
    compiled: F = numba.njit(nogil=True, error_model="numpy")(function)
    return compiled
