"""Numerical tables (contract/features §3–§6, contract/inference §3), made with the C library's double functions.

``math.cos`` and friends are the C library's (numpy's ufuncs are not): the tables must not move by a bit.
All are float32, C-contiguous and read-only. ``codegen`` writes the same arrays into the C headers.
"""

import math
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import (
    BAND_EDGES,
    FFT_FACTORS,
    FRAME_SIZE,
    NB_BANDS,
    TANSIG_SIZE,
    TANSIG_STEPS_PER_UNIT,
    WINDOW_SIZE,
)

FloatArray = npt.NDArray[np.float32]


def _frozen(values: list[float]) -> FloatArray:
    table = np.array(values, dtype=np.float64).astype(np.float32)
    table.setflags(write=False)
    return table


def _half_window() -> FloatArray:
    values = []
    for i in range(FRAME_SIZE):
        angle = 0.5 * math.pi * (i + 0.5) / FRAME_SIZE
        values.append(math.sin(0.5 * math.pi * math.sin(angle) * math.sin(angle)))
    return _frozen(values)


def _dct_table() -> FloatArray:
    values = []
    for i in range(NB_BANDS):
        for j in range(NB_BANDS):
            value = math.cos((i + 0.5) * j * math.pi / NB_BANDS)
            if j == 0:  # rounded to float32 once before and once after the scaling
                value = float(np.float32(value)) * math.sqrt(0.5)
            values.append(value)
    table = _frozen(values).reshape(NB_BANDS, NB_BANDS)
    table.setflags(write=False)
    return table


def _twiddles() -> tuple[FloatArray, FloatArray]:
    phases = [(-2 * math.pi / WINDOW_SIZE) * k for k in range(WINDOW_SIZE)]
    # + 0.0: sin(−0.0) is recorded as +0.0
    return _frozen([math.cos(p) for p in phases]), _frozen([math.sin(p) + 0.0 for p in phases])


def _tansig() -> FloatArray:
    values = [round(math.tanh(i / TANSIG_STEPS_PER_UNIT), 6) for i in range(TANSIG_SIZE)]
    values[70], values[170], values[190] = 0.992631, 0.999997, 1.0  # quirk Q-TANSIG
    return _frozen(values)


def _band_fractions() -> FloatArray:
    """Position of each bin inside its band gap, 0 … 1 (exclusive), for bins 0 … 399."""
    values = np.zeros(BAND_EDGES[-1], dtype=np.float32)
    for low, high in pairwise(BAND_EDGES):
        for j in range(high - low):
            values[low + j] = np.float32(j) / np.float32(high - low)
    values.setflags(write=False)
    return values


def _digit_reversal() -> npt.NDArray[np.int32]:
    """Where input sample n of the FFT lands before the first stage."""
    places = np.zeros(WINDOW_SIZE, dtype=np.int32)
    for n in range(WINDOW_SIZE):
        rest, place, span = n, 0, WINDOW_SIZE
        for factor in FFT_FACTORS:
            span //= factor
            place += span * (rest % factor)
            rest //= factor
        places[n] = place
    places.setflags(write=False)
    return places


HALF_WINDOW: Final = _half_window()  #: rising half of the Vorbis window, shape (480,)
DCT_TABLE: Final = _dct_table()  #: orthogonal DCT-II without its scale, shape (22, 22), [band][coefficient]
TWIDDLES_RE, TWIDDLES_IM = _twiddles()  #: exp(−2πi k/960), shape (960,) each
TANSIG: Final = _tansig()  #: tanh(i/25) to six decimals, shape (201,)
BAND_FRACTIONS: Final = _band_fractions()  #: shape (400,)
DIGIT_REVERSAL: Final = _digit_reversal()  #: shape (960,)
DCT_SCALE: Final = np.float64(math.sqrt(2.0 / NB_BANDS))
