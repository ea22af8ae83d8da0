"""Log band energies, cepstra and their differences, pitch correlation features.

Source: contract/features §12–§14. Bands and cepstra of R frames are in lane order,
``values[i*R + lane]``. The differences reach two frames back, so those are done frame by frame in time order.
"""

import math

import numpy as np

from rnnoise_py.dsp.dct import dct
from rnnoise_py.dsp.logarithm import log10_energies
from rnnoise_py.dsp.numerals import TWO, ZERO
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array, Float64Array, Lanes
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

_LOG_SLOPE = np.float32(LOG_SLOPE)
_CEPSTRUM_COLUMN = CEPSTRUM.start
_DELTA_COLUMN = CEPSTRUM_DELTA.start
_DELTA2_COLUMN = CEPSTRUM_DELTA2.start


@kernel
def log_energies(
    energies: Float32Array, logs: Float32Array, totals: Float32Array, wide: Float64Array, lanes: Lanes
) -> None:
    """Log energies with floors that follow the bands, and total energies.

    ``energies`` and ``logs`` are float32 (22·R,), ``totals`` float32 (R,); the last two are overwritten. ``wide`` is
    float64 (22·R,), workspace. The contract compares and subtracts in binary64; binary32 gives the same, for the
    differences are exact there and rounding keeps the order.
    """
    R = len(lanes)
    log10_energies(energies, logs, wide)
    log_max = follow = splat(LOG_START, lanes)
    total = splat(ZERO, lanes)
    for b in range(NB_BANDS):
        value = load(logs, b * R, lanes)
        fallen = follow - _LOG_SLOPE
        value = select(fallen > value, fallen, value)
        lowest = log_max - LOG_RANGE
        value = select(lowest > value, lowest, value)
        store(logs, b * R, value)
        log_max = select(log_max > value, log_max, value)
        follow = select(fallen > value, fallen, value)
        total = total + load(energies, b * R, lanes)
    store(totals, 0, total)


@kernel
def cepstra(logs: Float32Array, coefficients: Float32Array, lanes: Lanes) -> None:
    """Cepstra of log band energies, the first two centred; all float32 (22·R,)."""
    R = len(lanes)
    dct(logs, coefficients, NB_BANDS, lanes)
    for lane in range(R):
        coefficients[lane] -= CEPSTRUM_OFFSET_0
        coefficients[R + lane] -= CEPSTRUM_OFFSET_1


@kernel
def normalize_correlation(
    correlation: Float32Array, energy: Float32Array, pitch_energy: Float32Array, lanes: Lanes
) -> None:
    """Divide a band correlation by both energies' geometric mean, in place; all float32 (22·R,)."""
    for i in range(NB_BANDS * len(lanes)):
        product = energy[i] * pitch_energy[i]
        correlation[i] = np.float32(np.float64(correlation[i]) / math.sqrt(PITCH_CORR_FLOOR + np.float64(product)))


@kernel
def pitch_cepstra(correlation: Float32Array, coefficients: Float32Array, lanes: Lanes) -> None:
    """First six cepstra of the normalized correlation, two centred; float32 (22·R,) → (6·R,)."""
    R = len(lanes)
    dct(correlation, coefficients, NB_DELTA_CEPS, lanes)
    for lane in range(R):
        coefficients[lane] = np.float32(np.float64(coefficients[lane]) - PITCH_CORR_OFFSET_0)
        coefficients[R + lane] = np.float32(np.float64(coefficients[R + lane]) - PITCH_CORR_OFFSET_1)


@kernel
def cepstral_differences(c0: Float32Array, c1: Float32Array, c2: Float32Array, features: Float32Array) -> None:
    """Write the cepstrum c0 with its sums and differences over c1, c2 (the frames before) into a row.

    ``c0``, ``c1``, ``c2`` are float32 (22,), ``features`` float32 (≥ 34,).
    """
    for i in range(NB_BANDS):
        features[_CEPSTRUM_COLUMN + i] = c0[i]
    for i in range(NB_DELTA_CEPS):
        features[_CEPSTRUM_COLUMN + i] = c0[i] + c1[i] + c2[i]
        features[_DELTA_COLUMN + i] = c0[i] - c2[i]
        features[_DELTA2_COLUMN + i] = c0[i] - TWO * c1[i] + c2[i]
