"""Signals as the metrics take them: one channel, float64 in ±1, pairs of equal length."""

from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.arrays import check_array, check_range
from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import PCM_SCALE

F64 = npt.NDArray[np.float64]

TINY: Final = float(np.finfo(np.float64).tiny)  # keeps logarithms and quotients finite


def as_signal(signal: npt.ArrayLike) -> F64:
    """Return one-dimensional int16 or float (±1) as float64 in ±1.

    Raises
    ------
    InputError
        For other dtypes and shapes, no samples, or samples that are not finite.
    """
    array = check_array(signal, "signal", mono=True, least=1)
    if array.dtype == np.int16:
        return array.astype(np.float64) / PCM_SCALE
    check_range(array, "signal", warns=False)
    return array.astype(np.float64)


def as_pair(reference: npt.ArrayLike, estimate: npt.ArrayLike) -> tuple[F64, F64]:
    """Return both as float64 in ±1.

    Raises
    ------
    InputError
        When one cannot be used, or their lengths differ.
    """
    pair = as_signal(reference), as_signal(estimate)
    if len(pair[0]) != len(pair[1]):
        raise InputError(
            f"reference has {len(pair[0])} samples, estimate {len(pair[1])}: align them to the same length first"
        )
    return pair


def resample(signal: npt.ArrayLike, sample_rate: int, wanted: int) -> F64:
    """Resample a signal with soxr HQ; unchanged when the rates are equal."""
    samples = as_signal(signal)
    if sample_rate == wanted:
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, sample_rate, wanted, RESAMPLER_QUALITY), np.float64)
