"""Removal of octave errors: screened by rough correlations, decided by exact ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.dsp.octave import DIVISORS, exact_products, pitch_gain, rough_products, rough_slack, second_period
from tests import naive, naive_pitch
from tests.lane_arrays import Array, F, assert_same, awkward, batches, lane_counts
from tests.naive import ordered_sum
from tests.pitch_frames import PitchRun, musical_frames


def _assert_choice(run: PitchRun, lane: int, frame: Array, period: int, previous: int, gain: Any) -> int:
    """Compare one choice with the twin's, which has the exact sums of all candidates; return the period."""
    got_period, got_gain = run.choose(lane, previous, gain)
    expected_period, expected_gain = naive_pitch.remove_octave_errors(frame, period, previous, F(gain))
    what = f"period {period} after {previous}, gain {gain!r}"
    assert got_period == expected_period, what
    assert_same(got_gain, expected_gain, what)
    return got_period


@lane_counts
def test_recorded_choices(lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """Recorded whitened frames and periods give the recorded pitch and gain."""
    stages = golden("stages.npz")
    known = np.array([i for i in range(100) if i != 40])  # the frame before it was not recorded
    names = ("whitened", "pitch_search", "pitch", "pitch_gain")
    before = [np.where(known == 0, 0, stages[name][known - 1]) for name in names[2:]]
    parts = [batches(own, lanes) for own in (*(stages[name][known] for name in names), *before)]
    for frames, searched, pitch, gain, previous, previous_gain in zip(*parts, strict=True):
        run = PitchRun(frames, lanes, searched)
        for lane in range(len(lanes)):
            got = run.choose(lane, int(previous[lane]), previous_gain[lane])
            assert got[0] == pitch[lane]
            assert_same(got[1], gain[lane])


@lane_counts
def test_awkward_frames_equal_naive_twin(lanes: tuple[int, ...]) -> None:
    """Silence, denormals, overflow, NaN."""
    rng = np.random.default_rng(8)
    for batch in batches(np.concatenate([awkward(864), awkward(864, seed=8)]), lanes):
        searched = rng.integers(60, 769, len(lanes))
        run = PitchRun(batch, lanes, searched)
        for lane, frame in enumerate(batch):
            for previous, gain in ((0, 0), (int(searched[lane]), 0.9), (int(searched[lane]) // 2, 1), (300, np.nan)):
                _assert_choice(run, lane, frame, int(searched[lane]), previous, gain)


@pytest.mark.parametrize("seed", range(4))
@lane_counts
def test_musical_frames_equal_naive_twin(lanes: tuple[int, ...], seed: int) -> None:
    """Frames from denormal to huge, from any previous pitch: the same choice, and it is often not T0."""
    rng = np.random.default_rng(100 + seed)
    moved = 0
    for batch in batches(musical_frames(112, 10 + seed), lanes):
        found = PitchRun(batch, lanes).pitch.search_period
        searched = np.where(rng.random(len(lanes)) < 0.7, found, rng.integers(60, 769, len(lanes)))
        run = PitchRun(batch, lanes, searched)
        for lane, frame in enumerate(batch):
            own = int(searched[lane])
            near = own // int(rng.integers(2, 8)) + int(rng.integers(-5, 6))
            for previous, gain in ((0, 0), (max(near, 0), rng.random()), (int(rng.integers(60, 769)), 1)):
                moved += abs(_assert_choice(run, lane, frame, own, previous, gain) - own) > 3
    assert moved > 50


@naive.quiet
def test_choices_on_the_very_threshold_equal_naive_twin() -> None:
    """The previous gain is tuned so that a candidate's gain meets its threshold to the last bit, or misses it."""
    lanes = (0,)
    taken = refused = 0
    for frame in musical_frames(120, 77):
        run = PitchRun(frame[None], lanes)
        period = int(run.pitch.search_period[0])
        t0 = int(run.pitch.periods[1])
        xx = ordered_sum(frame[384:] * frame[384:])
        exact = pitch_gain(ordered_sum(frame[384:] * frame[384 - t0 : 864 - t0]), xx, run.pitch.candidate_yy[1])
        for k in range(2, DIVISORS):
            t1, t2 = int(run.pitch.periods[k]), int(run.pitch.second_periods[k])
            if t1 == 0:
                break
            products = [ordered_sum(frame[384:] * frame[384 - t : 864 - t]) for t in (t1, t2)]
            own = pitch_gain(F(0.5) * (products[0] + products[1]), xx, run.pitch.candidate_yy[k])
            needed = F(0.85 if t1 < 90 else 0.7) * exact - own
            if not (needed > 0 and own > F(0.4)):
                continue
            close = np.nextafter(needed, F(0)), needed, np.nextafter(needed, F(1))
            for gain in (*close, needed * F(0.9999), needed * F(1.0001)):
                changed = _assert_choice(run, 0, frame, period, 2 * t1, gain)
                taken += abs(changed - 2 * t1) <= 1
                refused += abs(changed - 2 * t1) > 1
    assert taken > 20
    assert refused > 20


def test_the_strictest_threshold_is_unreachable() -> None:
    """Quirk Q-OCTAVE-THRESHOLD: a period under twice the minimum passes at 0.85·g0, above 0.4."""
    t = np.arange(864)
    frame = (1000 * np.sin(2 * np.pi * t / 35)).astype(F)
    period, gain = PitchRun(frame[None], (0,), [70 * 4]).choose(0, 0, F(0))
    assert period < 2 * 60, "T1 = 35 is under twice the minimum of 30, and was taken"
    assert gain > F(0.85)


@lane_counts
@naive.quiet
def test_rough_correlations_stay_within_their_slack(lanes: tuple[int, ...]) -> None:
    """What the screening relies on, measured against the exact sums."""
    worst = 0.0
    for batch in batches(np.concatenate([musical_frames(64, 5), awkward(864, finite=True)]), lanes):
        run = PitchRun(batch, lanes)
        past = run.work.past_energy.reshape(-1, len(lanes))
        for lane, frame in enumerate(batch):
            for k in range(2, DIVISORS):
                t1, t2 = (int(p[lane * DIVISORS + k]) for p in (run.pitch.periods, run.pitch.second_periods))
                if t1 == 0:
                    break
                exact = F(0.5) * (exact_of(frame, t1) + exact_of(frame, t2))
                error = abs(float(rough_products(frame, 384, t1, t2)) - float(exact))
                worst = max(worst, error / float(rough_slack(past[384, lane], past[0, lane])))
                own = pitch_gain(exact, past[0, lane], run.pitch.candidate_yy[lane * DIVISORS + k])
                assert not run.pitch.gain_limit[lane * DIVISORS + k] < own
    assert worst < 0.6, "the bound of theory is 0.58 of the slack; practice is far below"


@naive.quiet
def exact_of(frame: Array, period: int) -> Any:
    """The ordered sum of products one period apart."""
    return ordered_sum(frame[384:] * frame[384 - period : 864 - period])


def test_exact_products_are_ordered_sums() -> None:
    """All sums at once, each in the order of the contract."""
    for frame in awkward(864):
        got = exact_products(frame, 384, 383, 1)
        assert_same(got, [exact_of(frame, 383), exact_of(frame, 1), exact_of(frame, 384), exact_of(frame, 382)])


def test_second_periods() -> None:
    """The multiple that is compared beside each candidate, for every T0."""
    for t0 in range(30, 384):
        for k in range(2, 16):
            t1 = (2 * t0 + k) // (2 * k)
            expected = (2 * naive_pitch.CHECK[k] * t0 + k) // (2 * k)
            if k == 2:
                expected = t0 if t1 + t0 > 384 else t0 + t1
            assert second_period(k, t0, t1) == expected


def test_pitch_gain_equals_naive_twin() -> None:
    """Normalized correlation, with nothing, too much and NaN."""
    values = [F(v) for v in (0, -0.0, 1e-45, 1e-20, 1, -3, 1e10, 1e30, np.inf, np.nan)]
    for xy in values:
        for xx in values:
            for yy in (v for v in values if not v < 0):
                if not xx < 0:
                    assert_same(pitch_gain(xy, xx, yy), naive_pitch.pitch_gain(xy, xx, yy), f"{xy} {xx} {yy}")
