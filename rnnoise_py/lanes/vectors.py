"""R numbers as one value: vectors that a kernel holds in registers.

``load(x, i, lanes)`` is the ``len(lanes)`` float32 from ``x[i]`` on. Vectors add, subtract, multiply, divide and
compare lane by lane, with each other and with float32 scalars, each operation rounded once as the scalar one is; a
comparison is a mask for :func:`select`. The compiler is not left to find out that a loop over lanes can be a vector,
and an accumulator stays in its register.

In plain Python a vector is a small array and all of this is numpy; compiled (:mod:`rnnoise_py.lanes.vector_code`), it
is an LLVM vector, and one lane is a plain float32, so that loops of streaming kernels vectorize as they always did.
Indices must not be negative. There is no ``+=``: in plain Python it would write into what was loaded.
"""

from typing import Any, Final

import numpy as np

WIDE: Final = (0,) * 16  #: lanes of neighbouring samples or lags, many: one instruction, or a few
NARROW: Final = (0,) * 8  #: the same, few
BLOCK: Final = 16  #: consecutive samples that :func:`to_lanes` and :func:`from_lanes` move at a time


def load(array: Any, index: Any, lanes: Any) -> Any:
    """Read the vector that starts at ``array[index]``, float32 and one-dimensional."""
    return array[index : index + len(lanes)].copy()


def repeat(array: Any, index: Any, lanes: Any) -> Any:
    """Read ``len(lanes)`` float32 from ``array[index]`` on, over and over until a vector of WIDE is full."""
    return np.tile(array[index : index + len(lanes)], len(WIDE) // len(lanes))


def load_alternate(array: Any, index: Any, lanes: Any) -> Any:
    """Read two vectors: every second float32 from ``array[index]`` on, and those between."""
    end = index + 2 * len(lanes)
    return array[index:end:2].copy(), array[index + 1 : end : 2].copy()


def store(array: Any, index: Any, value: Any) -> None:
    """Write a vector from ``array[index]`` on."""
    array[index : index + np.size(value)] = value


def splat(value: Any, lanes: Any) -> Any:
    """Make a vector with one float32 in every lane."""
    return np.full(len(lanes), value, np.float32)


def select(mask: Any, yes: Any, no: Any) -> Any:
    """Take ``yes`` in the lanes where the mask is true, else ``no``."""
    return np.where(mask, yes, no)


def any_of(mask: Any) -> Any:
    """Whether the mask is true in any lane."""
    return bool(np.any(mask))


def all_of(mask: Any) -> Any:
    """Whether the mask is true in every lane."""
    return bool(np.all(mask))


def total(vector: Any) -> Any:
    """Sum of all lanes: the first half plus the second, and so on."""
    while len(vector) > 1:
        vector = vector[: len(vector) // 2] + vector[len(vector) // 2 :]
    return vector[0]


def ordered_total(vector: Any) -> Any:
    """Sum of all lanes from the first to the last, starting from 0."""
    result = np.float32(0)
    for value in vector:
        result = result + value
    return result


def to_lanes(signal: Any, starts: Any, offset: Any, x: Any, index: Any, lanes: Any) -> None:
    """Lay BLOCK samples of R signals side by side: ``x[index + i·R + l] = signal[starts[l] + offset + i]``."""
    R = len(lanes)
    for lane in range(R):
        first = starts[lane] + offset
        x[index + lane : index + BLOCK * R : R] = signal[first : first + BLOCK]


def from_lanes(x: Any, index: Any, signal: Any, starts: Any, offset: Any, lanes: Any) -> None:
    """Write BLOCK samples of R signals each to its own place: the reverse of :func:`to_lanes`."""
    R = len(lanes)
    for lane in range(R):
        first = starts[lane] + offset
        signal[first : first + BLOCK] = x[index + lane : index + BLOCK * R : R]
