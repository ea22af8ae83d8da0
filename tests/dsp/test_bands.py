"""Band energies, correlations, low-pass and interpolation."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from rnnoise_py.dsp.bands import band_correlation, band_energy, interpolate, lowpass_bins
from rnnoise_py.spec.constants import BAND_EDGES
from rnnoise_py.spec.tables import BAND_FRACTIONS
from tests import naive
from tests.lane_arrays import Array, F, assert_same, awkward, batches, interleave, lane_counts, separate


def to_buffer(re: Array, im: Array) -> Array:
    """(R, 481) parts to an FFT buffer in lane order; rubbish beyond bin 480."""
    R = len(re)
    buffer = np.full((960, 2, R), np.nan, F)
    buffer[:481, 0], buffer[:481, 1] = re.T, im.T
    return buffer.ravel()


def _spectra(seed: int) -> Array:
    return awkward(481, seed)


def test_edges_and_fractions_are_naive() -> None:
    """The table of fractions is j/size, rounded once."""
    assert list(BAND_EDGES) == naive.EDGES
    fractions = [F(j) / F(b - a) for a, b in pairwise(BAND_EDGES) for j in range(b - a)]
    assert_same(BAND_FRACTIONS, fractions)


@lane_counts
def test_recorded_energies_and_correlations(lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """Ex, Ep and the raw correlation follow from the recorded spectra in all 100 rows."""
    stages = golden("stages.npz")
    parts = [batches(stages[name], lanes) for name in ("X", "P", "Ex", "Ep", "Exp_raw")]
    for x, p, ex, ep, exp in zip(*parts, strict=True):
        own, past = to_buffer(x.real, x.imag), to_buffer(p.real, p.imag)
        bands = np.empty(22 * len(lanes), F)
        band_energy(own, 481, bands, lanes)
        assert_same(separate(bands, lanes), ex, "Ex")
        band_energy(past, 481, bands, lanes)
        assert_same(separate(bands, lanes), ep, "Ep")
        band_correlation(own, past, 481, bands, lanes)
        assert_same(separate(bands, lanes), exp, "Exp_raw")


@lane_counts
def test_correlation_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """Awkward spectra correlate as the twin says."""
    for a, b, c, d in zip(*(batches(_spectra(seed), lanes) for seed in range(4)), strict=True):
        bands = np.full(22 * len(lanes), np.nan, F)
        band_correlation(to_buffer(a, b), to_buffer(c, d), 400, bands, lanes)
        expected = [naive.band_correlation((a[i], b[i]), (c[i], d[i])) for i in range(len(lanes))]
        assert_same(separate(bands, lanes), expected)


@lane_counts
def test_bins_that_are_not_looked_at_might_be_zero(lanes: tuple[int, ...]) -> None:
    """Stopping at a bin is the same as zeros from there on in one of the spectra."""
    own, other = (batches(awkward(962, seed, finite=True).reshape(-1, 2, 481), lanes)[0] for seed in (4, 5))
    for bins in (0, 1, 59, 60, 61, 100, 333, 399, 400, 481):
        bands = np.full(22 * len(lanes), np.nan, F)
        x, p = (to_buffer(s[:, 0], s[:, 1]) for s in (own, other))
        band_correlation(x, p, bins, bands, lanes)
        cut = np.where(np.arange(481) < bins, own, F(0))
        expected = [naive.band_correlation(tuple(a), tuple(b)) for a, b in zip(cut, other, strict=True)]
        assert_same(separate(bands, lanes), expected)


@lane_counts
def test_interpolation_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """Band values spread over bins as the twin says, zeros from the last edge on."""
    rng = np.random.default_rng(3)
    for bands in batches(np.concatenate([awkward(22), rng.random((16, 22)).astype(F)]), lanes):
        bins = np.full(481 * len(lanes), np.nan, F)
        interpolate(interleave(bands), bins, lanes)
        assert_same(separate(bins, lanes), [naive.interpolate(b) for b in bands])


@lane_counts
def test_lowpass_zeroes_bins_from_its_own_on(lanes: tuple[int, ...]) -> None:
    """Each lane has its own low-pass; above the last bin it does nothing (quirk Q-LOWPASS-OVER)."""
    R = len(lanes)
    limits = [60, 61, 100, 399, 400, 479, 480, 481, 482, 3000, 59, 0, 1, 200, 300, 481]
    for first in range(0, 16, R):
        lowpass = np.array(limits[first : first + R])
        ones = np.ones((R, 481), F)
        buffer = to_buffer(ones, ones)
        lowpass_bins(buffer, lowpass, 481, lanes)
        bins = buffer.reshape(960, 2, R)
        for lane in range(R):
            expected = (np.arange(481) < lowpass[lane]).astype(F)
            assert_same(bins[:481, 0, lane], expected)
            assert_same(bins[:481, 1, lane], expected)
