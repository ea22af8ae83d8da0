"""Downsampling, autocorrelation, Levinson–Durbin, whitening."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnoise_py.dsp.whitening import (
    HALF_PAD,
    HALF_STRIDE,
    REACH,
    autocorrelation,
    downsample,
    lay_frames,
    levinson,
    whiten,
)
from tests import naive_pitch
from tests.lane_arrays import Array, F, assert_same, awkward, batches, interleave, lane_counts, separate
from tests.pitch_frames import recorded_buffers


def _samples(buffers: Array, lanes: tuple[int, ...]) -> Array:
    """Pitch buffers (R, 1728) at half the rate, side by side."""
    half = np.full(864 * len(lanes), np.nan, F)
    downsample(buffers.ravel(), half)
    samples = np.full((REACH + 864) * len(lanes), np.nan, F)
    lay_frames(buffers.ravel(), half, np.arange(len(lanes)) * 864, samples, lanes)
    return samples


def _frames(samples: Array, lanes: tuple[int, ...]) -> Array:
    return separate(samples, lanes)[:, REACH:]


def _whitened(buffers: Array, lanes: tuple[int, ...]) -> Array:
    R = len(lanes)
    out, flat = np.zeros(R * HALF_STRIDE, F), np.full(864 * R, np.nan, F)
    ac, lpc = np.full(5 * R, np.nan, F), np.full(4 * R, np.nan, F)
    whiten(_samples(buffers, lanes), flat, out, np.arange(R) * HALF_STRIDE + HALF_PAD, ac, lpc, lanes)
    apart = out.reshape(R, HALF_STRIDE)
    assert not apart[:, :HALF_PAD].any(), "the zeros before a frame are kept"
    assert not apart[:, HALF_PAD + 864 :].any(), "the zeros after a frame are kept"
    assert_same(separate(flat, lanes), apart[:, HALF_PAD : HALF_PAD + 864], "side by side and apart")
    return apart[:, HALF_PAD : HALF_PAD + 864]


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
        assert_same(_frames(_samples(batch, lanes), lanes), [naive_pitch.downsample(b) for b in batch])
        assert_same(_whitened(batch, lanes), [naive_pitch.whiten(naive_pitch.downsample(b)) for b in batch])


@lane_counts
def test_overlapping_frames(lanes: tuple[int, ...]) -> None:
    """Frames that share samples are each cut as if alone."""
    signal = awkward(480 * len(lanes) + 1248)[10]
    half, starts = np.full(len(signal) // 2, np.nan, F), np.arange(len(lanes)) * 240
    downsample(signal, half)
    samples = np.full((REACH + 864) * len(lanes), np.nan, F)
    lay_frames(signal, half, starts, samples, lanes)
    assert not separate(samples, lanes)[:, :REACH].any(), "zeros before each frame"
    assert_same(_frames(samples, lanes), [naive_pitch.downsample(signal[2 * s : 2 * s + 1728]) for s in starts])


@lane_counts
def test_autocorrelation_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """Main sum and tail of the five lags that are used."""
    for batch in batches(awkward(1728, seed=3), lanes):
        samples = _samples(batch, lanes)
        ac = np.full(len(lanes) * 5, np.nan, F)
        autocorrelation(samples, ac, lanes)
        expected = [naive_pitch.autocorrelation(frame) for frame in _frames(samples, lanes)]
        assert_same(separate(ac, lanes), expected)


@lane_counts
def test_levinson_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """Ordinary, singular, impossible and empty autocorrelations, whatever their neighbours are."""
    rng = np.random.default_rng(6)
    cases = [rng.standard_normal(5).astype(F) for _ in range(200)]
    cases += [np.array([1, *(r**k for k in range(1, 5))], F) for r in (0.1, 0.9, 0.9999, 1, -1, 1.5)]
    cases += [np.zeros(5, F), np.array([0, 1, 2, 3, 4], F), np.array([-0.0, 1, 0, 0, 0], F), np.full(5, np.nan, F)]
    cases += [np.full(5, 1e-45, F), np.array([1e38, 1e38, -1e38, 1e38, 1e38], F), np.full(5, np.inf, F)]
    for batch in batches(np.stack(cases), lanes):
        lpc = np.full(4 * len(lanes), np.nan, F)
        levinson(interleave(batch), lpc, lanes)
        assert_same(separate(lpc, lanes), [naive_pitch.levinson(ac.copy()) for ac in batch], f"of {batch}")
