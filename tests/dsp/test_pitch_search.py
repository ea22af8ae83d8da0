"""Coarse and fine pitch search."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.dsp.pitch_search import peak_offset
from tests import naive_pitch
from tests.lane_arrays import Array, F, awkward, batches, lane_counts
from tests.pitch_frames import PitchRun, musical_frames


def _check(frames: Array, lanes: tuple[int, ...]) -> set[int]:
    """Compare coarse lags and periods with the twin's; return the periods found."""
    found = set()
    for batch in batches(frames, lanes):
        run = PitchRun(batch, lanes)
        for lane, frame in enumerate(batch):
            coarse = naive_pitch.coarse_search(frame)
            assert tuple(run.work.best[lane :: len(lanes)]) == coarse
            period = naive_pitch.fine_search(frame, coarse)
            assert run.pitch.search_period[lane] == period
            found.add(period)
    return found


@lane_counts
def test_recorded_periods(lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """All 100 recorded whitened frames give the recorded periods."""
    stages = golden("stages.npz")
    parts = batches(stages["whitened"], lanes), batches(stages["pitch_search"], lanes)
    for frames, periods in zip(*parts, strict=True):
        assert PitchRun(frames, lanes).pitch.search_period.tolist() == periods.tolist()


@lane_counts
def test_equals_naive_twin_on_awkward_frames(lanes: tuple[int, ...]) -> None:
    """Silence, overflow, NaN: the same lags as the twin's comparisons choose."""
    _check(np.concatenate([awkward(864), awkward(864, seed=7)]), lanes)


@pytest.mark.parametrize("seed", [1, 2])
@lane_counts
def test_equals_naive_twin_on_musical_frames(lanes: tuple[int, ...], seed: int) -> None:
    """Tones, harmonics and noise at all levels; the search uses its whole range."""
    found = _check(musical_frames(96, seed), lanes)
    assert len(found) > 30
    assert min(found) < 240
    assert max(found) > 700


def test_peak_offset_equals_naive_twin() -> None:
    """Which way a lopsided peak moves, NaN and ties included."""
    values = [F(v) for v in (-2, -1, 0, 0.3, 0.7, 1, 1e30, np.inf, np.nan)]
    for before in values:
        for at in values:
            for after in values:
                with np.errstate(all="ignore"):
                    assert peak_offset(before, at, after) == naive_pitch.offset_of(before, at, after)
