"""Vectors of binary64, for sums that the contract rounds twice; and lanes one by one.

They come from vectors (:mod:`rnnoise_py.dsp.vectors`) and go back; between, they add, subtract and multiply. One lane
is a plain float64.
"""

from typing import Any

import numpy as np


def together(values: Any) -> Any:
    """Make a vector of a tuple of float32, one for each lane."""
    return np.array(values, np.float32)


def separate(vector: Any) -> Any:
    """Return the lanes as a tuple of float32: the reverse of :func:`together`."""
    return tuple(vector)


def widen(vector: Any) -> Any:
    """Turn float32 into float64, exactly."""
    return np.float64(vector)


def narrow(vector: Any) -> Any:
    """Round float64 to float32."""
    return np.float32(vector)


def less_product(c: Any, a: Any, b: Any) -> Any:
    """Compute ``c - a·b`` of float64, where a and b were float32.

    Their product has at most 48 bits and an exponent far inside binary64, so it is exact and the difference is the
    only rounding: it does not matter whether a processor has one instruction for both.
    """
    return c - a * b
