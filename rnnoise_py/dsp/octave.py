"""Removal of octave errors from a pitch period, with continuity over frames.

Source: the contract's features, step 5. Everything is at half the rate: periods in samples at 24 kHz. What
needs only the frame itself is computed for R frames at once (:func:`octave_candidates`); what needs the frame
before is a few comparisons (:func:`octave_choice`).

Most candidates are rejected, and for that a *rough* correlation will do: its terms are added in any order,
which is many times as fast, and its distance from the exact sum is bounded (the *slack*). Only a candidate
whose upper bound passes the threshold is computed in the order of the contract; the bits cannot differ.
"""

import math
from typing import Any, Final

import numpy as np

from rnnoise_py.dsp.pitch_search import FINE_SUMS, peak_offset
from rnnoise_py.lanes.jit import INDEX, inline_kernel, kernel
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

_DIVISORS = DIVISORS
_WIDE = WIDE
_W = len(WIDE)
_N = HALF_FRAME_SIZE
_MAX = HALF_MAX_PERIOD
_MIN = HALF_MIN_PERIOD
_MIN_PERIOD = PITCH_MIN_PERIOD
_CHECK = np.array(OCTAVE_SECOND_CHECK, dtype=np.int64)
_SHARE = CONTINUITY_SHARE
_FLOOR = OCTAVE_FLOOR
_RATIO = OCTAVE_RATIO
_SHORT = OCTAVE_SHORT_PERIOD
_SHORT_FLOOR = OCTAVE_SHORT_FLOOR
_SHORT_RATIO = OCTAVE_SHORT_RATIO
_FINE_SUMS = FINE_SUMS
# Two orders of summing n products differ by less than 2·n·2⁻²⁴·Σ|x·y| (to first order), and Σ|x·y| is at most
# the energy E of the whole buffer: 2·481·2⁻²⁴ = 5.8e-5. E is at most the sum of the energies of the first and of the
# newest 480 samples; their roundings, the recurrence's too, are below 5e-5 of it, and there is still a margin.
_SLACK = np.float32(1e-4)
_TINY = np.float32(1e-30)  # far above all underflow, far below any threshold
_HALF = np.float32(0.5)
_ZERO = np.float32(0)
_ONE = np.float32(1)


@kernel
def pitch_gain(xy: Any, xx: Any, yy: Any) -> Any:
    """Normalized correlation xy / sqrt(1 + xx·yy), float32."""
    return np.float32(np.float64(xy) / math.sqrt(np.float64(_ONE + xx * yy)))


@inline_kernel
def second_period(divisor: Any, t0: Any, t1: Any) -> Any:
    """Another multiple of the candidate period, compared beside it."""
    if divisor == 2:
        return t0 if t1 + t0 > _MAX else t0 + t1
    return (2 * _CHECK[divisor] * t0 + divisor) // (2 * divisor)


@kernel
def exact_products(x: Any, centre: Any, p0: Any, p1: Any) -> Any:
    """``Σ_{j<480} x[centre + j]·x[centre + j − p]`` at p0, p1, p0 + 1 and p0 − 1, in the order of the contract.

    Four sums take no longer than one.
    """
    own = centre & INDEX
    first = (centre - p0) & INDEX
    second = (centre - p1) & INDEX
    before, after = first - 1, first + 1
    s0 = s1 = longer = shorter = _ZERO
    for j in range(_N):
        s0 += x[own + j] * x[first + j]
        s1 += x[own + j] * x[second + j]
        longer += x[own + j] * x[before + j]
        shorter += x[own + j] * x[after + j]
    return s0, s1, longer, shorter


@inline_kernel
def rough_products(x: Any, own: Any, p0: Any, p1: Any) -> Any:
    """The mean of the products at p0 and p1, added in an order that suits vectors."""
    a0 = a1 = b0 = b1 = splat(_ZERO, _WIDE)
    for j in range(own, own + _N, 2 * _W):
        even, odd = load(x, j, _WIDE), load(x, j + _W, _WIDE)
        a0 = a0 + even * load(x, j - p0, _WIDE)
        a1 = a1 + odd * load(x, j - p0 + _W, _WIDE)
        b0 = b0 + even * load(x, j - p1, _WIDE)
        b1 = b1 + odd * load(x, j - p1 + _W, _WIDE)
    return _HALF * total((a0 + a1) + (b0 + b1))


@inline_kernel
def rough_slack(first: Any, newest: Any) -> Any:
    """How far a rough product may be off, given the energies of the first and of the newest 480 samples."""
    return _SLACK * (first + newest) + _TINY


@kernel
def octave_candidates(
    half: Any,
    starts: Any,
    past: Any,
    search_period: Any,
    periods: Any,
    second_periods: Any,
    gain_limit: Any,
    candidate_yy: Any,
    xx: Any,
    lanes: Any,
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
        centre = starts[frame] + _MAX
        base = frame * _DIVISORS
        t0 = min(search_period[frame] // 2, _MAX - 1)
        own = past[frame]
        slack = rough_slack(past[_MAX * R + frame], own)
        xx[frame] = own
        periods[base + 1] = t0
        candidate_yy[base + 1] = past[t0 * R + frame]
        for divisor in range(2, _DIVISORS):
            t1 = (2 * t0 + divisor) // (2 * divisor)
            if t1 < _MIN:
                periods[base + divisor] = 0
                break
            t2 = second_period(divisor, t0, t1)
            periods[base + divisor] = t1
            second_periods[base + divisor] = t2
            yy = _HALF * (past[t1 * R + frame] + past[t2 * R + frame])
            candidate_yy[base + divisor] = yy
            gain_limit[base + divisor] = pitch_gain(rough_products(half, centre, t1, t2) + slack, own, yy)


@inline_kernel
def _searched_products(half: Any, centre: Any, period: Any, lags: Any, sums: Any) -> Any:
    """Correlations at period+1, period, period−1: from the fine search where it has them, else anew."""
    lag = _MAX - period
    for group in range(2):
        place = lag - lags[group]
        if 1 <= place < _FINE_SUMS - 1:
            place = group * _FINE_SUMS + place
            return sums[place - 1], sums[place], sums[place + 1]
    same, _, longer, shorter = exact_products(half, centre, period, period)
    return longer, same, shorter


@kernel
def octave_choice(
    half: Any,
    start: Any,
    periods: Any,
    second_periods: Any,
    gain_limit: Any,
    candidate_yy: Any,
    xx: Any,
    lags: Any,
    sums: Any,
    previous_period: Any,
    previous_gain: Any,
) -> Any:
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
    centre = start + _MAX
    t0 = periods[1]
    longer, xy, shorter = _searched_products(half, centre, t0, lags, sums)
    yy = candidate_yy[1]
    same = xy
    g0 = pitch_gain(xy, xx, yy)
    chosen, gain = t0, g0
    before = previous_period // 2
    for divisor in range(2, _DIVISORS):
        t1 = periods[divisor]
        if t1 == 0:
            break
        if abs(t1 - before) <= 1:
            continuity = previous_gain
        elif abs(t1 - before) <= 2 and 5 * divisor * divisor < t0:
            continuity = _SHARE * previous_gain
        else:
            continuity = _ZERO
        # quirk Q-OCTAVE-THRESHOLD: periods under twice the minimum get no threshold of their own
        if t1 < _SHORT:
            wanted = _SHORT_RATIO * g0 - continuity
            threshold = _SHORT_FLOOR if _SHORT_FLOOR > wanted else wanted
        else:
            wanted = _RATIO * g0 - continuity
            threshold = _FLOOR if _FLOOR > wanted else wanted
        if gain_limit[divisor] <= threshold:
            continue
        first, second, before_t1, after_t1 = exact_products(half, centre, t1, second_periods[divisor])
        own = _HALF * (first + second)
        g1 = pitch_gain(own, xx, candidate_yy[divisor])
        if g1 > threshold:
            chosen, gain, xy, yy = t1, g1, own, candidate_yy[divisor]
            longer, same, shorter = before_t1, first, after_t1
    xy = _ZERO if _ZERO > xy else xy
    peak = _ONE if yy <= xy else xy / (yy + _ONE)
    offset = peak_offset(shorter, same, longer)
    return max(_MIN_PERIOD, 2 * chosen + offset), peak if peak < gain else gain
