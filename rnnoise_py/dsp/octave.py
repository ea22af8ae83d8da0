"""Removal of octave errors from a pitch period, with continuity over frames.

Source: contract/features §11. Everything is at half the rate: periods in samples at 24 kHz. What
needs only the frame itself is computed for R frames at once (:func:`octave_candidates`); what needs the frame
before is a few comparisons (:func:`octave_choice`).

Most candidates are rejected, and for that a *rough* correlation will do: its terms are added in any order,
which is many times as fast, and its distance from the exact sum is bounded (the *slack*). Only a candidate
whose upper bound passes the threshold is computed in the order of the contract; the bits cannot differ.
"""

import math
from typing import Final

import numpy as np

from rnnoise_py.dsp.numerals import HALF, ONE, ZERO
from rnnoise_py.dsp.pitch_search import FINE_SUMS, peak_offset
from rnnoise_py.lanes.jit import INDEX, inline_kernel, kernel
from rnnoise_py.lanes.types import Float32, Float32Array, Int64Array, Lanes
from rnnoise_py.lanes.vectors import WIDE, load, splat, total
from rnnoise_py.spec.constants import (
    CONTINUITY_SHARE,
    HALF_FRAME_SIZE,
    HALF_MAX_PERIOD,
    HALF_MIN_PERIOD,
    OCTAVE_FLOOR,
    OCTAVE_MAX_DIVISOR,
    OCTAVE_RATIO,
    OCTAVE_SECOND_CHECK,
    OCTAVE_SHORT_FLOOR,
    OCTAVE_SHORT_PERIOD,
    OCTAVE_SHORT_RATIO,
    PITCH_MIN_PERIOD,
)

DIVISORS: Final = OCTAVE_MAX_DIVISOR + 1  # candidates of a frame, indexed by divisor; 1 is T0 itself

_W = len(WIDE)
_COPRIME = np.array(OCTAVE_SECOND_CHECK, dtype=np.int64)
# Two orders of summing n products differ by less than 2·n·2⁻²⁴·Σ|x·y| (to first order), and Σ|x·y| is at most
# the energy E of the whole buffer: 2·481·2⁻²⁴ = 5.8e-5. E is at most the sum of the energies of the first and of the
# newest 480 samples; their roundings, the recurrence's too, are below 5e-5 of it, and there is still a margin.
_SLACK = np.float32(1e-4)
_TINY = np.float32(1e-30)  # far above all underflow, far below any threshold


@kernel
def pitch_gain(xy: Float32, xx: Float32, yy: Float32) -> Float32:
    """Normalized correlation xy / sqrt(1 + xx·yy), float32."""
    return np.float32(np.float64(xy) / math.sqrt(np.float64(ONE + xx * yy)))


@inline_kernel
def second_period(divisor: int, t0: int, t1: int) -> int:
    """Another multiple of T0/divisor, compared beside it."""
    if divisor == 2:
        return t0 if t1 + t0 > HALF_MAX_PERIOD else t0 + t1
    second: int = (2 * _COPRIME[divisor] * t0 + divisor) // (2 * divisor)
    return second


@kernel
def exact_products(x: Float32Array, centre: int, p0: int, p1: int) -> tuple[Float32, Float32, Float32, Float32]:
    """``Σ_{j<480} x[centre + j]·x[centre + j − p]`` at p0, p1, p0 + 1 and p0 − 1, in the order of the contract.

    Four sums take no longer than one.
    """
    newest = centre & INDEX
    first = (centre - p0) & INDEX
    second = (centre - p1) & INDEX
    before, after = first - 1, first + 1
    s0 = s1 = longer = shorter = ZERO
    for j in range(HALF_FRAME_SIZE):
        s0 += x[newest + j] * x[first + j]
        s1 += x[newest + j] * x[second + j]
        longer += x[newest + j] * x[before + j]
        shorter += x[newest + j] * x[after + j]
    return s0, s1, longer, shorter


@inline_kernel
def rough_products(x: Float32Array, newest: int, p0: int, p1: int) -> Float32:
    """The mean of the products of the samples from ``newest`` on with those p0 and p1 before, added in any order."""
    a0 = a1 = b0 = b1 = splat(ZERO, WIDE)
    for j in range(newest, newest + HALF_FRAME_SIZE, 2 * _W):
        even, odd = load(x, j, WIDE), load(x, j + _W, WIDE)
        a0 = a0 + even * load(x, j - p0, WIDE)
        a1 = a1 + odd * load(x, j - p0 + _W, WIDE)
        b0 = b0 + even * load(x, j - p1, WIDE)
        b1 = b1 + odd * load(x, j - p1 + _W, WIDE)
    both: Float32 = total((a0 + a1) + (b0 + b1))
    return HALF * both


@inline_kernel
def rough_slack(first: Float32, newest: Float32) -> Float32:
    """How far a rough product may be off, given the energies of the first and of the newest 480 samples."""
    return _SLACK * (first + newest) + _TINY


@kernel
def octave_candidates(
    half: Float32Array,
    starts: Int64Array,
    past: Float32Array,
    search_period: Int64Array,
    periods: Int64Array,
    second_periods: Int64Array,
    gain_limit: Float32Array,
    candidate_yy: Float32Array,
    xx: Float32Array,
    lanes: Lanes,
) -> None:
    """Evaluate T0 and its submultiples in R frames.

    Parameters
    ----------
    half
        float32, whitened half-rate frames.
    starts
        int64 (R,), first sample of each frame.
    past
        float32 (PAST_ENERGIES·R,), in lane order, see ``lag_energies``.
    search_period
        int64 (R,), result of the fine search at 48 kHz.
    periods, second_periods, gain_limit, candidate_yy
        int64, int64, float32, float32 (R·DIVISORS,), overwritten: per divisor the period (divisor 1 is T0; a
        period of 0 ends the list), the period beside it, what the gain cannot exceed, the mean of both energies.
    xx
        float32 (R,), overwritten: energy of the frame.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for frame in range(R):
        centre = starts[frame] + HALF_MAX_PERIOD
        base = frame * DIVISORS
        t0 = min(search_period[frame] // 2, HALF_MAX_PERIOD - 1)
        energy = past[frame]
        slack = rough_slack(past[HALF_MAX_PERIOD * R + frame], energy)
        xx[frame] = energy
        periods[base + 1] = t0
        candidate_yy[base + 1] = past[t0 * R + frame]
        for divisor in range(2, DIVISORS):
            t1 = (2 * t0 + divisor) // (2 * divisor)
            if t1 < HALF_MIN_PERIOD:
                periods[base + divisor] = 0
                break
            t2 = second_period(divisor, t0, t1)
            periods[base + divisor] = t1
            second_periods[base + divisor] = t2
            yy = HALF * (past[t1 * R + frame] + past[t2 * R + frame])
            candidate_yy[base + divisor] = yy
            gain_limit[base + divisor] = pitch_gain(rough_products(half, centre, t1, t2) + slack, energy, yy)


@inline_kernel
def _searched_products(
    half: Float32Array, centre: int, period: int, lags: Int64Array, sums: Float32Array
) -> tuple[Float32, Float32, Float32]:
    """Correlations at period+1, period, period−1: from the fine search where it has them, else computed."""
    lag = HALF_MAX_PERIOD - period
    for group in range(2):
        place = lag - lags[group]
        if 1 <= place < FINE_SUMS - 1:
            place = group * FINE_SUMS + place
            return sums[place - 1], sums[place], sums[place + 1]
    same, _, longer, shorter = exact_products(half, centre, period, period)
    return longer, same, shorter


@kernel
def octave_choice(
    half: Float32Array,
    start: int,
    periods: Int64Array,
    second_periods: Int64Array,
    gain_limit: Float32Array,
    candidate_yy: Float32Array,
    xx: Float32,
    lags: Int64Array,
    sums: Float32Array,
    previous_period: int,
    previous_gain: Float32,
) -> tuple[int, Float32]:
    """Choose one frame's period among its candidates.

    Parameters
    ----------
    half, start
        Whitened half-rate frames and the first sample of this one.
    periods, second_periods, gain_limit, candidate_yy
        (DIVISORS,) as :func:`octave_candidates` leaves them; ``xx`` is this frame's.
    lags, sums
        int64 (2,) and float32 (2·FINE_SUMS,): the correlations of the fine search, from these lags on.
    previous_period, previous_gain
        Result for the frame before.

    Returns
    -------
    tuple
        Period at 48 kHz, 60 … 768; gain, float32 0 … 1.
    """
    centre = start + HALF_MAX_PERIOD
    t0 = periods[1]
    longer, xy, shorter = _searched_products(half, centre, t0, lags, sums)
    yy = candidate_yy[1]
    same = xy
    g0 = pitch_gain(xy, xx, yy)
    chosen, gain = t0, g0
    before = previous_period // 2
    for divisor in range(2, DIVISORS):
        t1 = periods[divisor]
        if t1 == 0:
            break
        if abs(t1 - before) <= 1:
            continuity = previous_gain
        elif abs(t1 - before) <= 2 and 5 * divisor * divisor < t0:
            continuity = CONTINUITY_SHARE * previous_gain
        else:
            continuity = ZERO
        # quirk Q-OCTAVE-THRESHOLD: periods under twice the minimum get no threshold of their own
        if t1 < OCTAVE_SHORT_PERIOD:
            wanted = OCTAVE_SHORT_RATIO * g0 - continuity
            threshold = OCTAVE_SHORT_FLOOR if OCTAVE_SHORT_FLOOR > wanted else wanted
        else:
            wanted = OCTAVE_RATIO * g0 - continuity
            threshold = OCTAVE_FLOOR if OCTAVE_FLOOR > wanted else wanted
        if gain_limit[divisor] <= threshold:
            continue
        first, second, before_t1, after_t1 = exact_products(half, centre, t1, second_periods[divisor])
        mean = HALF * (first + second)
        g1 = pitch_gain(mean, xx, candidate_yy[divisor])
        if g1 > threshold:
            chosen, gain, xy, yy = t1, g1, mean, candidate_yy[divisor]
            longer, same, shorter = before_t1, first, after_t1
    xy = ZERO if ZERO > xy else xy
    peak = ONE if yy <= xy else xy / (yy + ONE)
    offset = peak_offset(shorter, same, longer)
    return max(PITCH_MIN_PERIOD, 2 * chosen + offset), peak if peak < gain else gain
