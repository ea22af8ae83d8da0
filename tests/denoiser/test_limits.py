"""Denoised samples as the user's dtype: the limits of 16 bits, each alone."""

import warnings

import numpy as np
import pytest

from rnnoise_py.denoiser.samples import Converter

LIMITS = np.iinfo(np.int16)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-32_767.0, -32_767),
        (-32_768.0, LIMITS.min),
        (-32_768.4, LIMITS.min),
        (-32_768.6, LIMITS.min),
        (-40_000.0, LIMITS.min),
        (32_766.5, 32_766),
        (32_767.4, LIMITS.max),
        (32_767.6, LIMITS.max),
        (40_000.0, LIMITS.max),
        (0.5, 0),
        (1.5, 2),
    ],
)
def test_rounded_and_saturated(value: float, expected: int) -> None:
    """Half to even; −32768 … 32767, and what is clipped is counted."""
    converter = Converter()
    samples = np.array([0, value, -1], np.float32)
    assert converter.leave(samples, np.dtype(np.int16)).tolist() == [0, expected, -1]
    assert converter.clipped == (round(value) not in range(LIMITS.min, LIMITS.max + 1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_never_clipped(dtype: type) -> None:
    """±32768 is ±1, and more stays more."""
    converter = Converter()
    found = converter.leave(np.array([-65_536, -32_768, 32_768], np.float32), np.dtype(dtype))
    assert found.dtype == dtype
    assert found.tolist() == [-2, -1, 1]
    assert converter.clipped == 0


@pytest.mark.parametrize("value", [1.5, -1.5])
def test_floats_beyond_one_are_said_on_either_side(value: float) -> None:
    """Once in a stream; what is at ±1 is fine."""
    converter = Converter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        converter.enter(np.array([-1, 0, 1], np.float32))
    samples = np.array([0, value, 0], np.float32)
    with pytest.warns(UserWarning, match="beyond ±1"):
        assert converter.enter(samples)[1] == value * 32_768
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        converter.enter(samples)
