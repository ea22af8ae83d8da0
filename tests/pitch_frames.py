"""Drives the pitch kernels frame by frame, from whitened half-rate frames or from recorded samples."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.dsp.buffers import Pitch, PitchWork, new_pitch, new_pitch_work
from rnnoise_py.dsp.lag_energy import lag_energies
from rnnoise_py.dsp.octave import DIVISORS, octave_candidates, octave_choice
from rnnoise_py.dsp.pitch_search import FINE_SUMS, coarse_search, fine_search
from tests.conftest import DATA
from tests.lane_arrays import Array, F, interleave


def place_frames(frames: Array, pitch: Pitch) -> None:
    """Write (R, 864) whitened frames where the kernels expect them."""
    for frame, start in zip(frames, pitch.starts, strict=True):
        pitch.whitened[start : start + 864] = frame


class PitchRun:
    """Search and candidates of R whitened frames, (R, 864)."""

    def __init__(self, frames: Array, lanes: tuple[int, ...], periods: npt.ArrayLike | None = None) -> None:
        assert frames.shape == (len(lanes), 864)
        self.pitch: Pitch = new_pitch(len(lanes))
        self.work: PitchWork = new_pitch_work(len(lanes))
        pitch, work = self.pitch, self.work
        for array in (work.coarse_sums, work.quarter, work.coarse_energy, work.fine_energy, work.past_energy):
            array[:] = np.nan  # kernels may not rely on what a workspace held
        place_frames(frames, pitch)
        lag_energies(interleave(frames), work.coarse_energy, work.fine_energy, work.past_energy, lanes)
        coarse_search(interleave(frames), work.coarse_energy, work.best, work.quarter, work.coarse_sums, lanes)
        fine_search(
            pitch.whitened,
            pitch.starts,
            work.fine_energy,
            work.best,
            pitch.search_period,
            pitch.fine_lags,
            pitch.fine_sums,
            work.correlations,
            lanes,
        )
        if periods is not None:  # instead of what the search found
            pitch.search_period[:] = periods
        octave_candidates(
            pitch.whitened,
            pitch.starts,
            work.past_energy,
            pitch.search_period,
            pitch.periods,
            pitch.second_periods,
            pitch.gain_limit,
            pitch.candidate_yy,
            pitch.xx,
            lanes,
        )

    def choose(self, frame: int, previous_period: int, previous_gain: Any) -> tuple[int, Any]:
        """The final period and gain of a frame after one with these."""
        pitch, part = self.pitch, slice(frame * DIVISORS, (frame + 1) * DIVISORS)
        period, gain = octave_choice(
            pitch.whitened,
            pitch.starts[frame],
            pitch.periods[part],
            pitch.second_periods[part],
            pitch.gain_limit[part],
            pitch.candidate_yy[part],
            pitch.xx[frame],
            pitch.fine_lags[2 * frame : 2 * frame + 2],
            pitch.fine_sums[2 * frame * FINE_SUMS : 2 * (frame + 1) * FINE_SUMS],
            previous_period,
            F(previous_gain),
        )
        return int(period), gain


@cache
def recorded_buffers() -> tuple[npt.NDArray[np.int64], Array]:
    """Indices into ``stages.npz`` whose pitch buffers are known, and those buffers (n, 1728)."""
    noisy = np.load(DATA / "stages.npz")["noisy"]
    start = np.concatenate([np.zeros(1248, F), noisy[:40].ravel()])
    redraw = noisy[40:].ravel()
    indices = [*range(40), *range(43, 100)]
    buffers = [start[480 * i : 480 * i + 1728] for i in range(40)]
    buffers += [redraw[480 * (i - 39) - 1728 : 480 * (i - 39)] for i in range(43, 100)]
    return np.array(indices), np.stack(buffers)


def musical_frames(count: int, seed: int) -> Array:
    """Whitened-like frames with pitches, harmonics, noise and level drawn at random, (count, 864)."""
    rng = np.random.default_rng(seed)
    t = np.arange(864)
    frames = []
    for _ in range(count):
        period = rng.uniform(15, 384) if rng.random() < 0.4 else rng.uniform(15, 130)  # short ones leave a choice
        harmonics = rng.integers(1, 12)
        weights = rng.random(harmonics) ** 3
        frame = sum(w * np.cos(2 * np.pi * (h + 1) * t / period + rng.uniform(0, 6.28)) for h, w in enumerate(weights))
        if rng.random() < 0.3:  # alternate pulses differ: an octave in doubt
            frame = frame * (1 + rng.uniform(0, 0.5) * np.cos(np.pi * t / period))
        frame = frame + rng.choice([0, 0.01, 0.1, 0.3, 0.7, 2]) * rng.standard_normal(864)
        if rng.random() < 0.15:
            frame[: rng.integers(0, 864)] = 0
        level = 10.0 ** rng.choice([-40, -24, -20, -10, -3, *[0, 1, 2, 3, 4] * 4, 8, 16, 18])
        frames.append((frame * level).astype(F))
    return np.stack(frames)
