"""Levels of signals, and of the speech and the noise in them."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.report.signals import F64, TINY, as_signal
from rnnoise_py.spec.constants import FRAME_MS, SAMPLE_RATE

LEVEL_FLOOR: Final = -120.0  # dBFS of digital silence
LOUD_QUANTILE: Final = 0.95
ROBUST_QUANTILE: Final = 0.85  # of the frames of pauses that nobody labelled


def decibels(power: Any) -> Any:
    """10·log10 of a power relative to full scale (a square wave of ±1 is 0), at least −120; scalar or array."""
    return np.maximum(LEVEL_FLOOR, 10 * np.log10(np.maximum(power, np.float64(TINY))))


def frame_powers(signal: npt.ArrayLike, sample_rate: int = SAMPLE_RATE) -> F64:
    """Mean square of each whole 10 ms frame, (frames,)."""
    samples = as_signal(signal)
    length = sample_rate * FRAME_MS // 1000
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    return np.asarray(np.einsum("ij,ij->i", frames, frames) / length)


def level(signal: npt.ArrayLike) -> float:
    """RMS level of a whole signal in dBFS, at least −120."""
    samples = as_signal(signal)
    return float(decibels(samples @ samples / len(samples)))


def speech_level(signal: npt.ArrayLike, speech: npt.NDArray[np.bool_], sample_rate: int = SAMPLE_RATE) -> float:
    """Level in dBFS of the 10 ms frames for which ``speech``, (frames,), is true; NaN where none is."""
    return _level_where(signal, speech, sample_rate)


def noise_floor(signal: npt.ArrayLike, speech: npt.NDArray[np.bool_], sample_rate: int = SAMPLE_RATE) -> float:
    """Level in dBFS of the 10 ms frames for which ``speech``, (frames,), is false; NaN where none is."""
    return _level_where(signal, ~np.asarray(speech, np.bool_), sample_rate)


def robust_level(signal: npt.ArrayLike, chosen: npt.NDArray[np.bool_], sample_rate: int = SAMPLE_RATE) -> float:
    """Level in dBFS that 85 % of some 10 ms frames stay below, (frames,) ``chosen``; NaN where there are none.

    For noise it is about its RMS level; a few frames of something else among them do not matter.
    """
    powers = frame_powers(signal, sample_rate)
    _check_flags(chosen, powers)
    return float(np.quantile(decibels(powers[chosen]), ROBUST_QUANTILE)) if chosen.any() else float("nan")


def _level_where(signal: npt.ArrayLike, chosen: npt.NDArray[np.bool_], sample_rate: int) -> float:
    powers = frame_powers(signal, sample_rate)
    _check_flags(chosen, powers)
    return float(decibels(powers[chosen].mean())) if chosen.any() else float("nan")


def _check_flags(chosen: npt.NDArray[np.bool_], powers: F64) -> None:
    if chosen.shape != powers.shape:
        raise InputError(f"{len(chosen)} flags for {len(powers)} frames of 10 ms: give one a frame")
