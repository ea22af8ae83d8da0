"""Windowed frames in lanes, and frames too quiet to matter."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.dsp.buffers import new_frames
from rnnoise_py.dsp.features import analyse_frames
from rnnoise_py.dsp.window import INAUDIBLE, skip_inaudible, window
from rnnoise_py.lanes.jit import BULK
from rnnoise_py.spec.tables import HALF_WINDOW
from tests import naive
from tests.bits import assert_bit_identical
from tests.lane_arrays import F, assert_same, awkward, batches, lane_counts, separate


def test_table_is_recorded_and_naive(golden: Callable[[str], Any]) -> None:
    """The half window equals the recorded figures and the formula."""
    assert_bit_identical(HALF_WINDOW, golden("tables_fft.npz")["half_window"])
    assert_bit_identical(HALF_WINDOW, naive.half_window())


@lane_counts
def test_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """Frames anywhere in a signal are windowed as the twin does."""
    for batch in batches(awkward(1300), lanes):
        shifts = np.arange(len(lanes)) * 11 + 3
        signal = np.concatenate(list(batch))
        starts = np.arange(len(lanes)) * 1300 + shifts
        x = np.empty(960 * len(lanes), F)
        window(signal, starts, x, lanes)
        expected = [naive.windowed(frame[s : s + 960]) for frame, s in zip(batch, shifts, strict=True)]
        assert_same(separate(x, lanes), expected)


@pytest.mark.parametrize("peak", [INAUDIBLE, np.nextafter(INAUDIBLE, F(0)), F(1e-30), F(1e-41)])
def test_inaudible_frames_have_no_energy(peak: Any) -> None:
    """Frames below the threshold have band energies of exactly +0 without being skipped."""
    rng = np.random.default_rng(1)
    shapes = [np.ones(960), np.where(np.arange(960) % 2, 1, -1), np.where(np.arange(960) // 24 % 2, 1, -1)]
    shapes += [np.cos(2 * np.pi * k / 960 * np.arange(960)) for k in (0.5, 4, 4.5, 20, 100, 399)]
    shapes += [rng.choice([-1.0, 1.0], 960) for _ in range(7)]
    signal = (np.concatenate(shapes) * np.float64(peak)).astype(F)
    frames = new_frames(16)
    starts, lowpass = np.arange(16) * 960, np.full(16, 481, np.int64)
    analyse_frames(signal, starts, lowpass, frames.windowed, frames.spectrum, frames.energy, BULK)
    assert_bit_identical(frames.energy, np.zeros_like(frames.energy))


@lane_counts
def test_only_inaudible_frames_are_skipped(lanes: tuple[int, ...]) -> None:
    """One audible sample, or a NaN, anywhere keeps a frame."""
    R = len(lanes)
    loud = {0: F(1), 1: INAUDIBLE, 2: -INAUDIBLE, 3: F(np.nan), 4: F(np.inf)}
    for place in (0, 1, 479, 959):
        for first in range(0, 16, R):
            signal = np.full(961 * R + 960, np.nextafter(INAUDIBLE, F(0)), F)
            signal[961 * R :] = 0
            starts = np.arange(R) * 961
            for lane in range(R):
                if first + lane in loud:
                    signal[starts[lane] + place] = loud[first + lane]
            expected = [start if first + lane in loud else 961 * R for lane, start in enumerate(starts.tolist())]
            skip_inaudible(signal, starts, 961 * R, lanes)
            assert starts.tolist() == expected
