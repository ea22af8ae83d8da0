"""Energies and correlations of 22 overlapping triangular bands, and interpolation back to bins.

Spectra are the FFT's buffers: the real part of bin k in lane l is ``spectrum[2*k*R + l]``, the imaginary
part ``spectrum[(2*k + 1)*R + l]``; bands are ``values[b*R + l]``. Sums run in bin order.
"""

from typing import Any

import numpy as np

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.vectors import BLOCK, from_lanes, load, splat, store
from rnnoise_py.spec.constants import BAND_EDGES, FREQ_SIZE, NB_BANDS
from rnnoise_py.spec.tables import BAND_FRACTIONS

_EDGES = np.array(BAND_EDGES, dtype=np.int64)
_FRACTIONS = BAND_FRACTIONS
_FALLING = np.float32(1) - BAND_FRACTIONS
_BANDS = NB_BANDS
_BINS = FREQ_SIZE
_TOP = BAND_EDGES[-1]
_ZERO = np.float32(0)
_TWO = np.float32(2)


@kernel
def lowpass_bins(spectrum: Any, lowpass: Any, bins: Any, lanes: Any) -> None:
    """Zero the bins k with lowpass[lane] ≤ k < ``bins`` in place; ``lowpass`` is int64 (R,), bins."""
    R = len(lanes)
    first = bins
    for lane in range(R):
        first = min(first, lowpass[lane])
    for k in range(first, bins):
        for lane in range(R):
            if k >= lowpass[lane]:
                spectrum[2 * k * R + lane] = _ZERO
                spectrum[(2 * k + 1) * R + lane] = _ZERO


@kernel
def band_correlation(spectrum: Any, other: Any, bins: Any, bands: Any, lanes: Any) -> None:
    """Correlate two spectra in each band.

    Parameters
    ----------
    spectrum, other
        float32 FFT buffers of R frames.
    bins
        Bins from this one on are not looked at, as if one of the spectra were 0 there.
    bands
        float32 (22·R,), overwritten with Σ weight·(re·re + im·im), band edges doubled.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    low = splat(_ZERO, lanes)  # of band b, which begins with the rising part of the gap before
    for b in range(_BANDS - 1):
        high = splat(_ZERO, lanes)
        for k in range(_EDGES[b], min(_EDGES[b + 1], bins)):
            re, im = 2 * k * R, (2 * k + 1) * R
            product = load(spectrum, re, lanes) * load(other, re, lanes)
            product = product + load(spectrum, im, lanes) * load(other, im, lanes)
            low = low + _FALLING[k] * product
            high = high + _FRACTIONS[k] * product
        store(bands, b * R, low * _TWO if b == 0 else low)
        low = high
    store(bands, (_BANDS - 1) * R, low * _TWO)


@kernel
def band_energy(spectrum: Any, bins: Any, bands: Any, lanes: Any) -> None:
    """Energy in each band below bin ``bins``: the correlation of a spectrum with itself."""
    band_correlation(spectrum, spectrum, bins, bands, lanes)


@kernel
def write_bands(bands: Any, rows: Any, starts: Any, column: Any, lanes: Any) -> None:
    """Write the bands (22·R,) of R frames into their rows, which begin at ``starts`` of the flat ``rows``."""
    from_lanes(bands, 0, rows, starts, column, lanes)
    rest = _BANDS - BLOCK  # some bands are written twice
    from_lanes(bands, rest * len(lanes), rows, starts, column + rest, lanes)


@kernel
def interpolate(bands: Any, bins: Any, lanes: Any) -> None:
    """Spread band values over bins 0 … 480 linearly; bins from the last edge on are 0.

    ``bands`` is float32 (22·R,), ``bins`` float32 (481·R,), overwritten.
    """
    R = len(lanes)
    for b in range(_BANDS - 1):
        low, high = load(bands, b * R, lanes), load(bands, (b + 1) * R, lanes)
        for k in range(_EDGES[b], _EDGES[b + 1]):
            store(bins, k * R, _FALLING[k] * low + _FRACTIONS[k] * high)
    for k in range(_TOP, _BINS):
        store(bins, k * R, splat(_ZERO, lanes))
