"""The pitch filter and the band gains against slow twins, in one lane and in sixteen."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.dsp.buffers import new_frames
from rnnoise_py.dsp.pitch_filter import apply_gains, limit_decay, pitch_filter
from rnnoise_py.lanes.jit import BULK, ONE
from rnnoise_py.spec.constants import BAND_EDGES, FREQ_SIZE, NB_BANDS, WINDOW_SIZE
from tests.bits import assert_bit_identical

F, D = np.float32, np.float64
F32 = npt.NDArray[np.float32]


def spread(bands: F32) -> F32:
    """Interpolate band values over the bins, step by step."""
    bins = np.zeros(FREQ_SIZE, np.float32)
    for b in range(NB_BANDS - 1):
        size = BAND_EDGES[b + 1] - BAND_EDGES[b]
        for j in range(size):
            frac = F(F(j) / F(size))
            bins[BAND_EDGES[b] + j] = F(F(F(1) - frac) * bands[b]) + F(frac * bands[b + 1])
    return bins


def energies(X: F32) -> F32:
    """Band energies of (481, 2) bins, step by step."""
    bands = np.zeros(NB_BANDS, np.float32)
    for b in range(NB_BANDS - 1):
        size = BAND_EDGES[b + 1] - BAND_EDGES[b]
        for j in range(size):
            re, im = X[BAND_EDGES[b] + j]
            energy, frac = F(F(re * re) + F(im * im)), F(F(j) / F(size))
            bands[b] += F(F(F(1) - frac) * energy)
            bands[b + 1] += F(frac * energy)
    bands[0] *= F(2)
    bands[-1] *= F(2)
    return bands


def strength(correlation: np.float32, gain: np.float32, energy: np.float32, pitch_energy: np.float32) -> np.float32:
    """One band's weight of the pitch-delayed spectrum."""
    e2, g2 = F(correlation * correlation), F(gain * gain)
    r = F(D(F(e2 * F(F(1) - g2))) / (0.001 + D(F(g2 * F(F(1) - e2)))))
    r = F(1) if correlation > gain else r
    r = F(math.sqrt(min(F(1), max(F(0), r))))
    return F(D(r) * math.sqrt(D(energy) / (1e-8 + D(pitch_energy))))


def put(spectrum: F32, lane: int, R: int, X: F32) -> None:
    """Store (481, 2) bins into a lane."""
    spectrum.reshape(-1, R)[: 2 * FREQ_SIZE, lane] = X.ravel()


def take(spectrum: F32, lane: int, R: int) -> F32:
    """Read (481, 2) bins of a lane."""
    return spectrum.reshape(-1, R)[: 2 * FREQ_SIZE, lane].reshape(FREQ_SIZE, 2)


@pytest.mark.parametrize("lanes", [ONE, BULK])
def test_filter_and_gains_are_bit_identical_to_their_twins(lanes: tuple[int, ...]) -> None:
    """Spectra after filter, energy restoration and gains, for random frames."""
    R, rng = len(lanes), np.random.default_rng(len(lanes))
    frames = new_frames(R)
    assert len(frames.spectrum) == 2 * WINDOW_SIZE * R
    gains, strengths, ratios = (np.empty(NB_BANDS * R, np.float32) for _ in range(3))
    gains[:] = rng.random(NB_BANDS * R).astype(np.float32)
    frames.correlation[:] = rng.uniform(-1, 1, NB_BANDS * R).astype(np.float32)
    X = rng.normal(size=(R, FREQ_SIZE, 2)).astype(np.float32)
    P = rng.normal(size=(R, FREQ_SIZE, 2)).astype(np.float32)
    for lane in range(R):
        put(frames.spectrum, lane, R, X[lane])
        put(frames.pitch_spectrum, lane, R, P[lane])
        frames.energy.reshape(-1, R)[:, lane] = energies(X[lane])
        frames.pitch_energy.reshape(-1, R)[:, lane] = energies(P[lane])
    correlation = frames.correlation.reshape(-1, R)
    pitch_filter(frames, gains, strengths, ratios, lanes)
    filtered = frames.spectrum.copy()
    apply_gains(frames.spectrum, ratios, gains, lanes)
    for lane in {0, R - 1}:
        g, Ex, Ep = gains.reshape(-1, R)[:, lane], energies(X[lane]), energies(P[lane])
        r = np.array([strength(correlation[b, lane], g[b], Ex[b], Ep[b]) for b in range(NB_BANDS)], np.float32)
        Y = (X[lane] + (spread(r)[:, np.newaxis] * P[lane]).astype(np.float32)).astype(np.float32)
        assert_bit_identical(take(filtered, lane, R), Y, "filtered")
        new = energies(Y)
        norm = np.array([F(math.sqrt(D(Ex[b]) / (1e-8 + D(new[b])))) for b in range(NB_BANDS)], np.float32)
        Z = (Y * spread(norm)[:, np.newaxis]).astype(np.float32)
        Z = (Z * spread(g)[:, np.newaxis]).astype(np.float32)
        assert_bit_identical(np.abs(take(frames.spectrum, lane, R)), np.abs(Z), "with gains")


def test_gains_fall_slowly_and_rise_at_once() -> None:
    """A band's gain falls to 0.6 of its last value at most."""
    gains, last = np.zeros((NB_BANDS, 16), np.float32), np.ones(NB_BANDS, np.float32)
    gains[3] = 0.9
    limit_decay(gains.ravel(), last, 5, 16)
    assert_bit_identical(last, np.where(np.arange(NB_BANDS) == 3, F(0.9), F(0.6)))
    assert_bit_identical(gains[:, 5], last)
    assert not gains[4, :5].any()
