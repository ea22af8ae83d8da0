"""Energies and correlations of 22 overlapping triangular bands, and interpolation back to bins.

Source: contract/features §6. Spectra are the FFT's buffers: the real part of bin k in lane l is
``spectrum[2*k*R + l]``, the imaginary part ``spectrum[(2*k + 1)*R + l]``; bands are ``values[b*R + l]``. Sums run in
the order of the bins.
"""

from typing import Final

import numpy as np

from rnnoise_py.dsp.numerals import TWO, ZERO
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array, Int64Array, Lanes
from rnnoise_py.lanes.vectors import BLOCK, from_lanes, load, splat, store
from rnnoise_py.spec.constants import BAND_EDGES, FREQ_SIZE, NB_BANDS, TOP_BIN
from rnnoise_py.spec.tables import BAND_FRACTIONS

EDGES: Final = np.array(BAND_EDGES, dtype=np.int64)  #: first bin of each gap between bands, and TOP_BIN
FALLING: Final = np.float32(1) - BAND_FRACTIONS  #: share of a bin in the band below it; BAND_FRACTIONS in that above


@kernel
def lowpass_bins(spectrum: Float32Array, lowpass: Int64Array, bins: int, lanes: Lanes) -> None:
    """Zero the bins k with lowpass[lane] ≤ k < ``bins`` in place; ``lowpass`` is int64 (R,), bins."""
    R = len(lanes)
    first = bins
    for lane in range(R):
        first = min(first, lowpass[lane])
    for k in range(first, bins):
        for lane in range(R):
            if k >= lowpass[lane]:
                spectrum[2 * k * R + lane] = ZERO
                spectrum[(2 * k + 1) * R + lane] = ZERO


@kernel
def band_correlation(spectrum: Float32Array, other: Float32Array, bins: int, bands: Float32Array, lanes: Lanes) -> None:
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
    low = splat(ZERO, lanes)  # of band b, which begins with the rising part of the gap before
    for b in range(NB_BANDS - 1):
        high = splat(ZERO, lanes)
        for k in range(EDGES[b], min(EDGES[b + 1], bins)):
            re, im = 2 * k * R, (2 * k + 1) * R
            product = load(spectrum, re, lanes) * load(other, re, lanes)
            product = product + load(spectrum, im, lanes) * load(other, im, lanes)
            low = low + FALLING[k] * product
            high = high + BAND_FRACTIONS[k] * product
        store(bands, b * R, low * TWO if b == 0 else low)
        low = high
    store(bands, (NB_BANDS - 1) * R, low * TWO)


@kernel
def band_energy(spectrum: Float32Array, bins: int, bands: Float32Array, lanes: Lanes) -> None:
    """Energy in each band below bin ``bins``: the correlation of a spectrum with itself."""
    band_correlation(spectrum, spectrum, bins, bands, lanes)


@kernel
def write_bands(bands: Float32Array, rows: Float32Array, starts: Int64Array, column: int, lanes: Lanes) -> None:
    """Write the bands (22·R,) of R frames into their rows, which begin at ``starts`` of the flat ``rows``."""
    from_lanes(bands, 0, rows, starts, column, lanes)
    rest = NB_BANDS - BLOCK  # some bands are written twice
    from_lanes(bands, rest * len(lanes), rows, starts, column + rest, lanes)


@kernel
def interpolate(bands: Float32Array, bins: Float32Array, lanes: Lanes) -> None:
    """Spread band values over bins 0 … 480 linearly; bins from the last edge on are 0.

    ``bands`` is float32 (22·R,), ``bins`` float32 (481·R,), overwritten.
    """
    R = len(lanes)
    for b in range(NB_BANDS - 1):
        low, high = load(bands, b * R, lanes), load(bands, (b + 1) * R, lanes)
        for k in range(EDGES[b], EDGES[b + 1]):
            store(bins, k * R, FALLING[k] * low + BAND_FRACTIONS[k] * high)
    for k in range(TOP_BIN, FREQ_SIZE):
        store(bins, k * R, splat(ZERO, lanes))
