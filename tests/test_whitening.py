"""Downsampling, autocorrelation, Levinson–Durbin, whitening."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnoise_py.dsp.whitening import (
    AC_LAGS,
    HALF_PAD,
    HALF_STRIDE,
    autocorrelation,
    downsample,
    levinson,
    square_samples,
    whiten,
)
from tests import naive_pitch
from tests.lanes import Array, F, assert_same, awkward, batches, lane_counts, separate
from tests.pitch_frames import recorded_buffers


def _starts(lanes: tuple[int, ...]) -> Any:
    return np.arange(len(lanes)) * HALF_STRIDE + HALF_PAD


def _halved(buffers: Array, lanes: tuple[int, ...]) -> Array:
    """Pitch buffers (R, 1728) at half the rate, laid out with zeros around them."""
    half = np.zeros(len(lanes) * HALF_STRIDE, F)
    downsample(buffers.ravel(), np.arange(len(lanes)) * 1728, half, lanes)
    return half


def _frames(half: Array, lanes: tuple[int, ...]) -> Array:
    return half.reshape(len(lanes), HALF_STRIDE)[:, HALF_PAD : HALF_PAD + 864]


def _whitened(buffers: Array, lanes: tuple[int, ...]) -> Array:
    R = len(lanes)
    out = np.zeros(R * HALF_STRIDE, F)
    ac, lpc = np.full(R * AC_LAGS, np.nan, F), np.full(4, np.nan, F)
    whiten(_halved(buffers, lanes), _starts(lanes), out, _starts(lanes), ac, lpc, lanes)
    assert not out.reshape(R, HALF_STRIDE)[:, :HALF_PAD].any(), "the zeros before a frame are kept"
    assert not out.reshape(R, HALF_STRIDE)[:, HALF_PAD + 864 :].any(), "the zeros after a frame are kept"
    return _frames(out, lanes)


@lane_counts
def test_recorded_frames(lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """Recorded noisy samples become the recorded whitened frames, kernel and twin."""
    indices, buffers = recorded_buffers()
    recorded = golden("stages.npz")["whitened"][indices]
    for batch, expected in zip(batches(buffers, lanes), batches(recorded, lanes), strict=True):
        assert_same(_whitened(batch, lanes), expected)
    for buffer, expected in zip(buffers[::20], recorded[::20], strict=True):
        assert_same(naive_pitch.whiten(naive_pitch.downsample(buffer)), expected)


@lane_counts
def test_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """Awkward signals, which divide by zero in Levinson's step, whiten to the twin's bits."""
    for batch in batches(np.concatenate([awkward(1728), awkward(1728, seed=9)]), lanes):
        assert_same(_frames(_halved(batch, lanes), lanes), [naive_pitch.downsample(b) for b in batch])
        assert_same(_whitened(batch, lanes), [naive_pitch.whiten(naive_pitch.downsample(b)) for b in batch])


@lane_counts
def test_autocorrelation_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """Main sum and tail of the five lags that are used."""
    for batch in batches(awkward(1728, seed=3), lanes):
        half = _halved(batch, lanes)
        ac = np.full(len(lanes) * AC_LAGS, np.nan, F)
        autocorrelation(half, _starts(lanes), ac, lanes)
        expected = [naive_pitch.autocorrelation(frame) for frame in _frames(half, lanes)]
        assert_same(ac.reshape(-1, AC_LAGS)[:, :5], expected)


def test_levinson_equals_naive_twin() -> None:
    """Ordinary, singular, impossible and empty autocorrelations."""
    rng = np.random.default_rng(6)
    cases = [rng.standard_normal(5).astype(F) for _ in range(200)]
    cases += [np.array([1, *(r**k for k in range(1, 5))], F) for r in (0.1, 0.9, 0.9999, 1, -1, 1.5)]
    cases += [np.zeros(5, F), np.array([0, 1, 2, 3, 4], F), np.array([-0.0, 1, 0, 0, 0], F), np.full(5, np.nan, F)]
    cases += [np.full(5, 1e-45, F), np.array([1e38, 1e38, -1e38, 1e38, 1e38], F), np.full(5, np.inf, F)]
    for ac in cases:
        lpc = np.full(4, np.nan, F)
        levinson(ac.copy(), lpc)
        assert_same(lpc, naive_pitch.levinson(ac.copy()), f"of {ac}")


@lane_counts
def test_squares_are_laid_side_by_side(lanes: tuple[int, ...]) -> None:
    """Squared samples in lane order."""
    batch = batches(awkward(1728), lanes)[0]
    half, squares = _halved(batch, lanes), np.full(864 * len(lanes), np.nan, F)
    square_samples(half, _starts(lanes), squares, lanes)
    frames = _frames(half, lanes)
    with np.errstate(over="ignore"):
        assert_same(separate(squares, lanes), frames * frames)
