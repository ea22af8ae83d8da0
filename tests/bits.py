"""Bit-for-bit comparison of float32 arrays."""

from typing import Any

import numpy as np
import numpy.typing as npt


def bits(values: npt.ArrayLike) -> npt.NDArray[np.uint32]:
    """View float32 values as uint32."""
    return np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)


def assert_bit_identical(got: npt.ArrayLike, expected: npt.ArrayLike, what: str = "") -> None:
    """Fail unless both are equal as uint32; name the first place that differs."""
    a, b = np.asarray(got), np.asarray(expected)
    assert a.shape == b.shape, f"{what}: shape {a.shape} is not {b.shape}"
    different = np.argwhere(bits(a) != bits(b))
    if len(different):
        place = tuple(int(i) for i in different[0])
        raise AssertionError(
            f"{what}: {len(different)} of {a.size} differ, first at {place}: {a[place]!r} is not {b[place]!r}"
        )


def assert_equal_but_zero_sign(got: npt.ArrayLike, expected: npt.ArrayLike, what: str = "") -> None:
    """As :func:`assert_bit_identical`, with −0 taken as +0 (a zero's sign reaches no output of the FFT)."""
    zero: Any = np.float32(0)
    assert_bit_identical(np.asarray(got, dtype=np.float32) + zero, np.asarray(expected, dtype=np.float32) + zero, what)
