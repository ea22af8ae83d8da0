"""Powers, exponentials and logarithms of arrays that have the same bits on every x86-64 processor with FMA.

numpy takes other series where there is AVX-512, and made-up audio would have other samples there. These call the C
library once a number.
"""

from math import exp
from math import log2 as log2_of
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.lanes.jit import kernel

Float64 = npt.NDArray[np.float64]


@kernel
def _powers(base: Float64, exponent: Float64, out: Float64) -> None:
    for i in range(len(out)):
        out[i] = base[i] ** exponent[i]


@kernel
def _exponentials(x: Float64, out: Float64) -> None:
    for i in range(len(out)):
        out[i] = exp(x[i])


@kernel
def _logarithms(x: Float64, out: Float64) -> None:
    for i in range(len(out)):
        out[i] = log2_of(x[i])


def power(base: npt.ArrayLike, exponent: npt.ArrayLike) -> Float64:
    """``base ** exponent`` of positive bases, float64 of their common shape."""
    pair = np.broadcast_arrays(np.asarray(base, np.float64), np.asarray(exponent, np.float64))
    out = np.empty(pair[0].shape)
    _powers(pair[0].ravel(), pair[1].ravel(), out.reshape(-1))
    return out


def amplitude(decibels: npt.ArrayLike) -> Float64:
    """Amplitudes of levels in dB."""
    return power(10.0, np.asarray(decibels, np.float64) / 20)


def _each(function: Any, x: npt.ArrayLike) -> Float64:
    given = np.asarray(x, np.float64)
    out = np.empty(given.shape)
    function(given.ravel(), out.reshape(-1))
    return out


def exponential(x: npt.ArrayLike) -> Float64:
    """``e ** x``, float64 of the same shape."""
    return _each(_exponentials, x)


def log2(x: npt.ArrayLike) -> Float64:
    """Logarithms to the base 2 of positive numbers, float64 of the same shape."""
    return _each(_logarithms, x)
