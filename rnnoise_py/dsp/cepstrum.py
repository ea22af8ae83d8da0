"""Log band energies, cepstra and their differences, pitch correlation features.

Source: the contract's features, steps 6 to 8. Bands and cepstra of R frames are in lane order,
``values[i*R + lane]``. The differences reach two frames back, so those are done frame by frame in time order.
"""

import math
from typing import Any

import numpy as np

from rnnoise_py.dsp.dct import dct
from rnnoise_py.dsp.logarithm import log10_energies
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.vectors import load, select, splat, store
from rnnoise_py.spec.constants import (
    CEPSTRUM_OFFSET_0,
    CEPSTRUM_OFFSET_1,
    LOG_RANGE,
    LOG_SLOPE,
    LOG_START,
    NB_BANDS,
    NB_DELTA_CEPS,
    PITCH_CORR_FLOOR,
    PITCH_CORR_OFFSET_0,
    PITCH_CORR_OFFSET_1,
)
from rnnoise_py.spec.layout import CEPSTRUM, CEPSTRUM_DELTA, CEPSTRUM_DELTA2

_BANDS = NB_BANDS
_DELTAS = NB_DELTA_CEPS
_START = LOG_START
_RANGE = LOG_RANGE
_SLOPE = np.float32(LOG_SLOPE)
_OFFSET_0 = CEPSTRUM_OFFSET_0
_OFFSET_1 = CEPSTRUM_OFFSET_1
_CORR_FLOOR = PITCH_CORR_FLOOR
_CORR_OFFSET_0 = PITCH_CORR_OFFSET_0
_CORR_OFFSET_1 = PITCH_CORR_OFFSET_1
_CEPSTRUM = CEPSTRUM.start
_DELTA = CEPSTRUM_DELTA.start
_DELTA2 = CEPSTRUM_DELTA2.start
_TWO = np.float32(2)
_ZERO = np.float32(0)


@kernel
def log_energies(energies: Any, logs: Any, totals: Any, wide: Any, lanes: Any) -> None:
    """Log energies with floors that follow the bands, and total energies.

    ``energies`` and ``logs`` are float32 (22·R,), ``totals`` float32 (R,); the last two are overwritten. ``wide`` is
    float64 (22·R,), workspace. The contract compares and subtracts in binary64; binary32 gives the same, for the
    differences are exact there and rounding keeps the order.
    """
    R = len(lanes)
    log10_energies(energies, logs, wide)
    log_max = follow = splat(_START, lanes)
    total = splat(_ZERO, lanes)
    for b in range(_BANDS):
        value = load(logs, b * R, lanes)
        fallen = follow - _SLOPE
        value = select(fallen > value, fallen, value)
        lowest = log_max - _RANGE
        value = select(lowest > value, lowest, value)
        store(logs, b * R, value)
        log_max = select(log_max > value, log_max, value)
        follow = select(fallen > value, fallen, value)
        total = total + load(energies, b * R, lanes)
    store(totals, 0, total)


@kernel
def cepstra(logs: Any, coefficients: Any, lanes: Any) -> None:
    """Cepstra of log band energies, the first two centred; all float32 (22·R,)."""
    R = len(lanes)
    dct(logs, coefficients, _BANDS, lanes)
    for lane in range(R):
        coefficients[lane] -= _OFFSET_0
        coefficients[R + lane] -= _OFFSET_1


@kernel
def normalize_correlation(correlation: Any, energy: Any, pitch_energy: Any, lanes: Any) -> None:
    """Divide a band correlation by both energies' geometric mean, in place; all float32 (22·R,)."""
    for i in range(_BANDS * len(lanes)):
        product = energy[i] * pitch_energy[i]
        correlation[i] = np.float32(np.float64(correlation[i]) / math.sqrt(_CORR_FLOOR + np.float64(product)))


@kernel
def pitch_cepstra(correlation: Any, coefficients: Any, lanes: Any) -> None:
    """First six cepstra of the normalized correlation, two centred; float32 (22·R,) → (6·R,)."""
    R = len(lanes)
    dct(correlation, coefficients, _DELTAS, lanes)
    for lane in range(R):
        coefficients[lane] = np.float32(np.float64(coefficients[lane]) - _CORR_OFFSET_0)
        coefficients[R + lane] = np.float32(np.float64(coefficients[R + lane]) - _CORR_OFFSET_1)


@kernel
def cepstral_differences(c0: Any, c1: Any, c2: Any, features: Any) -> None:
    """Write the cepstrum c0 with its sums and differences over c1, c2 (the frames before) into a row.

    ``c0``, ``c1``, ``c2`` are float32 (22,), ``features`` float32 (≥ 34,).
    """
    for i in range(_BANDS):
        features[_CEPSTRUM + i] = c0[i]
    for i in range(_DELTAS):
        features[_CEPSTRUM + i] = c0[i] + c1[i] + c2[i]
        features[_DELTA + i] = c0[i] - c2[i]
        features[_DELTA2 + i] = c0[i] - _TWO * c1[i] + c2[i]
