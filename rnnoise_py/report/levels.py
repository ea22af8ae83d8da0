"""Level of speech and of the noise in its pauses; where speech is, by a clean reference."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.report.signals import F64, TINY, as_signal
from rnnoise_py.spec.constants import FRAME_MS, FRAME_SIZE, PCM_SCALE, SAMPLE_RATE, VAD_COUNT_MAX

LEVEL_FLOOR: Final = -120.0  # dBFS of digital silence
LOUD_QUANTILE: Final = 0.95
ACTIVE_RANGE_DB: Final = 30.0  # frames softer than the loud ones by more are pauses
LABEL_LEVEL: Final = -25.0  # dBFS of active speech at which the training labels of VAD are made


def decibels(power: Any) -> Any:
    """10·log10 of a power relative to full scale (a square wave of ±1 is 0), at least −120; scalar or array."""
    return np.maximum(LEVEL_FLOOR, 10 * np.log10(np.maximum(power, TINY)))


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


def active_level(signal: npt.ArrayLike, sample_rate: int = SAMPLE_RATE) -> float:
    """Level in dBFS of the frames that are at most 30 dB softer than the loud ones (the 95th percentile)."""
    powers = frame_powers(signal, sample_rate)
    powers = powers[powers > 0]
    if not len(powers):
        return LEVEL_FLOOR
    loud = float(np.quantile(powers, LOUD_QUANTILE))
    return float(decibels(powers[powers >= loud * 10 ** (-ACTIVE_RANGE_DB / 10)].mean()))


def speech_level(signal: npt.ArrayLike, speech: npt.NDArray[np.bool_], sample_rate: int = SAMPLE_RATE) -> float:
    """Level in dBFS of the 10 ms frames for which ``speech``, (frames,), is true; NaN where none is."""
    return _level_where(signal, speech, sample_rate)


def noise_floor(signal: npt.ArrayLike, speech: npt.NDArray[np.bool_], sample_rate: int = SAMPLE_RATE) -> float:
    """Level in dBFS of the 10 ms frames for which ``speech``, (frames,), is false; NaN where none is."""
    return _level_where(signal, ~np.asarray(speech, np.bool_), sample_rate)


def _level_where(signal: npt.ArrayLike, chosen: npt.NDArray[np.bool_], sample_rate: int) -> float:
    powers = frame_powers(signal, sample_rate)
    if chosen.shape != powers.shape:
        raise InputError(f"{len(chosen)} flags for {len(powers)} frames of 10 ms: give one a frame")
    return float(decibels(powers[chosen].mean())) if chosen.any() else float("nan")


def reference_vad(clean: npt.ArrayLike, sample_rate: int = SAMPLE_RATE) -> npt.NDArray[np.float32]:
    """Label the 10 ms frames of clean speech as the training rows do, after bringing the speech to −25 dBFS.

    Returns
    -------
    float32 (frames,): 1 speech, 0 none, ½ undecided (the hang-over after speech). All 0 where there is no sound.
    """
    from rnnoise_py.dsp.vad_label import vad_labels

    powers = frame_powers(clean, sample_rate)
    labels = np.zeros(len(powers), np.float32)
    if not np.any(powers):
        return labels
    gain = 10 ** ((LABEL_LEVEL - active_level(clean, sample_rate)) / 10)
    vad_labels((powers * gain * FRAME_SIZE * PCM_SCALE**2).astype(np.float32), VAD_COUNT_MAX, labels)
    return labels
