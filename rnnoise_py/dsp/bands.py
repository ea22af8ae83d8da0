"""Energies and correlations of 22 overlapping triangular bands, and interpolation back to bins.

Spectra are the FFT's buffers: the real part of bin k in lane l is ``spectrum[2*k*R + l]``, the imaginary
part ``spectrum[(2*k + 1)*R + l]``; bands are ``values[b*R + l]``. Sums run in bin order.
"""

from typing import Any

import numpy as np

from rnnoise_py.constants import BAND_EDGES, FREQ_SIZE, NB_BANDS
from rnnoise_py.dsp.jit import INDEX, kernel
from rnnoise_py.tables import BAND_FRACTIONS

_EDGES = np.array(BAND_EDGES, dtype=np.int64)
_FRACTIONS = BAND_FRACTIONS
_BANDS = NB_BANDS
_BINS = FREQ_SIZE
_TOP = BAND_EDGES[-1]
_ZERO = np.float32(0)
_ONE = np.float32(1)
_TWO = np.float32(2)


@kernel
def lowpass_bins(spectrum: Any, lowpass: Any, lanes: Any) -> None:
    """Zero the bins k ≥ lowpass[lane] in place; ``lowpass`` is int64 (R,), bins."""
    R = len(lanes)
    first = _BINS
    for lane in range(R):
        first = min(first, lowpass[lane])
    for k in range(first, _BINS):  # quirk Q-LOWPASS-OVER: nothing to do beyond the last bin
        for lane in range(R):
            if k >= lowpass[lane]:
                spectrum[2 * k * R + lane] = _ZERO
                spectrum[(2 * k + 1) * R + lane] = _ZERO


@kernel
def band_correlation(spectrum: Any, other: Any, bands: Any, lanes: Any) -> None:
    """Correlate two spectra in each band.

    Parameters
    ----------
    spectrum, other
        float32 FFT buffers of R frames.
    bands
        float32 (22·R,), overwritten with Σ weight·(re·re + im·im), band edges doubled.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for i in range(_BANDS * R):
        bands[i] = _ZERO
    for b in range(_BANDS - 1):
        for k in range(_EDGES[b], _EDGES[b + 1], 4):  # all edges are multiples of four
            r0, r1, r2, r3 = _FRACTIONS[k], _FRACTIONS[k + 1], _FRACTIONS[k + 2], _FRACTIONS[k + 3]
            f0, f1, f2, f3 = _ONE - r0, _ONE - r1, _ONE - r2, _ONE - r3
            base = (2 * k * R) & INDEX
            for lane in range(R):
                i = base + lane
                p0 = spectrum[i] * other[i] + spectrum[i + R] * other[i + R]
                p1 = spectrum[i + 2 * R] * other[i + 2 * R] + spectrum[i + 3 * R] * other[i + 3 * R]
                p2 = spectrum[i + 4 * R] * other[i + 4 * R] + spectrum[i + 5 * R] * other[i + 5 * R]
                p3 = spectrum[i + 6 * R] * other[i + 6 * R] + spectrum[i + 7 * R] * other[i + 7 * R]
                low = bands[b * R + lane]
                low = low + f0 * p0
                low = low + f1 * p1
                low = low + f2 * p2
                low = low + f3 * p3
                bands[b * R + lane] = low
                high = bands[(b + 1) * R + lane]
                high = high + r0 * p0
                high = high + r1 * p1
                high = high + r2 * p2
                high = high + r3 * p3
                bands[(b + 1) * R + lane] = high
    for lane in range(R):
        bands[lane] *= _TWO
        bands[(_BANDS - 1) * R + lane] *= _TWO


@kernel
def band_energy(spectrum: Any, bands: Any, lanes: Any) -> None:
    """Energy in each band: the correlation of a spectrum with itself."""
    band_correlation(spectrum, spectrum, bands, lanes)


@kernel
def interpolate(bands: Any, bins: Any, lanes: Any) -> None:
    """Spread band values over bins 0 … 480 linearly; bins from the last edge on are 0.

    ``bands`` is float32 (22·R,), ``bins`` float32 (481·R,), overwritten.
    """
    R = len(lanes)
    for b in range(_BANDS - 1):
        for k in range(_EDGES[b], _EDGES[b + 1]):
            rising = _FRACTIONS[k]
            falling = _ONE - rising
            base = (k * R) & INDEX
            for lane in range(R):
                bins[base + lane] = falling * bands[b * R + lane] + rising * bands[(b + 1) * R + lane]
    for i in range(_TOP * R, _BINS * R):
        bins[i] = _ZERO
