"""Vectors of binary64, for sums that the contract rounds twice; and columns of arrays as vectors.

They come from vectors (:mod:`rnnoise_py.lanes.vectors`) and go back; between, they add, subtract and multiply. One lane
is a plain float64.
"""

from typing import Any

import numpy as np


def load_apart(array: Any, column: Any, lanes: Any) -> Any:
    """Read one column of an array (lanes, n), int16 or float32, as a vector of float32."""
    return array[:, column].astype(np.float32)


def store_apart(array: Any, column: Any, value: Any) -> None:
    """Write a vector as one column of a float32 array (lanes, n)."""
    array[:, column] = value


def halves(vector: Any) -> Any:
    """Part the lanes into the first half and the second."""
    middle = len(vector) // 2
    return vector[:middle], vector[middle:]


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
