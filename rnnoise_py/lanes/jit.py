"""The decorators of all kernels.

No fast-math, no SVML, IEEE division (``error_model="numpy"``): the bits are the contract. Kernels release
the GIL, so threads share the work. Training promises the same bits again on the same machine, not the bits of another
program, so its kernels may fuse a multiplication with the addition after it. Nothing else of fast-math there either:
NaN must come through.

Lanes: kernels that work on R frames side by side take flat 1-D buffers in lane order, element
``index*R + lane``, and a tuple ``lanes`` of R zeros. Its *length is part of its type*, so vectors of R numbers
(:mod:`rnnoise_py.lanes.vectors`) are values, and LLVM sees constant strides; R = 1 streams, R = LANES is bulk, both
from one source.

Indices: a negative index means "from the end" in Python, and code that allows for it does not vectorize.
``index & INDEX`` tells the compiler that an index cannot be negative; it changes nothing else.
"""

import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import numba

import rnnoise_py.lanes.block_code  # lets numba compile rnnoise_py.lanes.blocks
import rnnoise_py.lanes.vector_moves  # and rnnoise_py.lanes.vectors
import rnnoise_py.lanes.wide_code  # noqa: F401  # and rnnoise_py.lanes.wide_vectors
from rnnoise_py.lanes.cache import DSP_SOURCES, TRAINING_SOURCES, KernelCache, cache_folder

F = TypeVar("F", bound=Callable[..., Any])

LANES: Final = 16  # frames side by side in bulk work
ONE: Final = (0,)  # lanes of streaming work
BULK: Final = (0,) * LANES

INDEX: Final = 0x7FFF_FFFF  # mask of a non-negative index

_FUSED: Final = {"contract"}
_COMPILING_THRESHOLD: Final = 20_000  # objects; without a limit the compiler takes half as much memory again


def _compiled(function: F, **options: Any) -> Any:
    return numba.njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True, **options)(function)


def _kept(function: F, sources: tuple[str, ...], **options: Any) -> F:
    """Compile a function on first use; keep its code for later processes where that can be written."""
    compiled = _compiled(function, **options)
    if not numba.config.DISABLE_JIT:
        compiled._cache = KernelCache(function, cache_folder(sources))
    made: F = compiled
    return made


def kernel(function: F) -> F:
    """Compile a kernel on first use; its code is kept (:mod:`rnnoise_py.lanes.cache`).

    Kernels are called by kernels. Inside another one, a kernel is compiled without what a call from Python needs, and
    not kept for itself: that takes a third less time.
    """
    made = _kept(function, DSP_SOURCES)
    if not numba.config.DISABLE_JIT:
        outer: Any = made
        inner = _compiled(function, no_cpython_wrapper=True)
        outer.get_call_template, outer.get_overload = inner.get_call_template, inner.get_overload
    return made


def inline_kernel(function: F) -> F:
    """Make a part of a kernel that is inlined at its calls, so that constant arguments stay constants."""
    compiled: F = _compiled(function, inline="always")
    return compiled


def training_kernel(function: F) -> F:
    """Compile a kernel of training as :func:`kernel` does; multiply-adds may be fused."""
    return _kept(function, TRAINING_SOURCES, fastmath=_FUSED)


def training_part(function: F) -> F:
    """Compile a part that only kernels of training call; LLVM may inline it."""
    compiled: F = _compiled(function, fastmath=_FUSED, no_cpython_wrapper=True)
    return compiled


def inline_training_kernel(function: F) -> F:
    """Make a part of a kernel of training that is inlined at its calls, as :func:`inline_kernel` does."""
    compiled: F = _compiled(function, fastmath=_FUSED, inline="always")
    return compiled


def is_compiled(function: Callable[..., Any], *arguments: Any) -> bool:
    """Whether a kernel has been compiled for arguments of these types, in this process or an earlier one."""
    if numba.config.DISABLE_JIT:
        return True
    compiled: Any = function
    signature = tuple(map(numba.typeof, arguments))
    return signature in compiled.overloads or compiled._cache.has_overload(signature, compiled.targetctx)


@contextlib.contextmanager
def seldom_collected() -> Iterator[None]:
    """Compile while Python looks for cyclic garbage more seldom: that takes a tenth of the time, and finds little."""
    before = gc.get_threshold()
    gc.set_threshold(_COMPILING_THRESHOLD, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
