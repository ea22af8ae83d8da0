"""Removal of octave errors from a pitch period, with continuity over frames.

Source: the contract's features, step 5. Everything is at half the rate: periods in samples at 24 kHz. What
needs only the frame itself is computed for R frames at once (:func:`octave_candidates`); what needs the frame
before is a few comparisons (:func:`octave_choice`).
"""

import math
from typing import Any, Final

import numpy as np

from rnnoise_py.constants import (
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
from rnnoise_py.dsp.jit import inline_kernel, kernel
from rnnoise_py.dsp.pitch_search import peak_offset

DIVISORS: Final = OCTAVE_MAX_DIVISOR + 1  # candidates of a frame, indexed by divisor; 1 is T0 itself
ENERGIES: Final = HALF_MAX_PERIOD + 1  # running energies of a frame, indexed by period
LAG_SLOTS: Final = 2 * DIVISORS + 8  # room for the periods whose products one frame may need

_DIVISORS = DIVISORS
_GROUP = 8  # products that run side by side
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
_HALF = np.float32(0.5)
_ZERO = np.float32(0)
_ONE = np.float32(1)


@kernel
def pitch_gain(xy: Any, xx: Any, yy: Any) -> Any:
    """Normalised correlation xy / sqrt(1 + xx·yy), float32."""
    return np.float32(np.float64(xy) / math.sqrt(np.float64(_ONE + xx * yy)))


@inline_kernel
def second_period(divisor: Any, t0: Any, t1: Any) -> Any:
    """Another multiple of the candidate period, compared beside it."""
    if divisor == 2:
        return t0 if t1 + t0 > _MAX else t0 + t1
    return (2 * _CHECK[divisor] * t0 + divisor) // (2 * divisor)


@kernel
def lagged_products(x: Any, centre: Any, periods: Any, count: Any, products: Any) -> None:
    """``products[i] = Σ_{j<480} x[centre + j]·x[centre + j − periods[i]]``, eight at a time.

    ``periods`` and ``products`` have room for ``count`` rounded up to eight; the excess repeats the last.
    """
    own = x[centre : centre + _N]
    for first in range(0, count, _GROUP):
        for i in range(count, first + _GROUP):
            periods[i] = periods[count - 1]
        x0 = x[centre - periods[first] : centre - periods[first] + _N]
        x1 = x[centre - periods[first + 1] : centre - periods[first + 1] + _N]
        x2 = x[centre - periods[first + 2] : centre - periods[first + 2] + _N]
        x3 = x[centre - periods[first + 3] : centre - periods[first + 3] + _N]
        x4 = x[centre - periods[first + 4] : centre - periods[first + 4] + _N]
        x5 = x[centre - periods[first + 5] : centre - periods[first + 5] + _N]
        x6 = x[centre - periods[first + 6] : centre - periods[first + 6] + _N]
        x7 = x[centre - periods[first + 7] : centre - periods[first + 7] + _N]
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = _ZERO
        for j in range(_N):
            value = own[j]
            s0 += value * x0[j]
            s1 += value * x1[j]
            s2 += value * x2[j]
            s3 += value * x3[j]
            s4 += value * x4[j]
            s5 += value * x5[j]
            s6 += value * x6[j]
            s7 += value * x7[j]
        products[first], products[first + 1], products[first + 2], products[first + 3] = s0, s1, s2, s3
        products[first + 4], products[first + 5], products[first + 6], products[first + 7] = s4, s5, s6, s7


@inline_kernel
def _past_energies(squares: Any, xx: Any, energies: Any, lanes: Any) -> None:
    """``energies[period*R + f]``: energy of the 480 samples that lie ``period`` back, recursively."""
    R = len(lanes)
    for lane in range(R):
        energies[lane] = _ZERO
    for j in range(_N):
        for lane in range(R):
            energies[lane] += squares[(_MAX + j) * R + lane]
    for lane in range(R):
        xx[lane] = energies[lane]
    for period in range(1, _MAX + 1):
        for lane in range(R):  # unclamped in the place of xx while it runs, clamped in the table
            total = xx[lane] + squares[(_MAX - period) * R + lane] - squares[(_MAX + _N - period) * R + lane]
            xx[lane] = total
            energies[period * R + lane] = _ZERO if _ZERO > total else total
    for lane in range(R):
        xx[lane] = energies[lane]


@kernel
def octave_candidates(
    half: Any, starts: Any, squares: Any, period: Any, candidate_period: Any, candidate_xy: Any, candidate_yy: Any,
    candidate_gain: Any, xx: Any, energies: Any, periods: Any, products: Any, lanes: Any,
) -> None:
    """Evaluate T0 and its submultiples in R frames.

    Parameters
    ----------
    half
        float32, whitened half-rate frames.
    starts
        int64 (R,), first sample of each frame.
    squares
        float32 (864·R,), the samples squared, in lane order.
    period
        int64 (R,), result of the fine search at 48 kHz.
    candidate_period, candidate_xy, candidate_yy, candidate_gain
        int64 and float32 (R·DIVISORS,), overwritten; divisor 1 is T0; a period of 0 ends the list.
    xx, energies, periods, products
        Workspaces, float32 (R,), float32 (R·ENERGIES,), int64 and float32 (LAG_SLOTS,).
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    centres = starts + _MAX
    _past_energies(squares, xx, energies, lanes)
    for frame in range(R):
        base = frame * _DIVISORS
        t0 = min(period[frame] // 2, _MAX - 1)
        periods[0] = t0
        count = 1
        last = 1
        for divisor in range(2, _DIVISORS):
            t1 = (2 * t0 + divisor) // (2 * divisor)
            if t1 < _MIN:
                break
            last = divisor
            periods[count] = t1
            periods[count + 1] = second_period(divisor, t0, t1)
            count += 2
        lagged_products(half, centres[frame], periods, count, products)
        candidate_period[base + 1] = t0
        candidate_xy[base + 1] = products[0]
        candidate_yy[base + 1] = energies[t0 * R + frame]
        for divisor in range(2, last + 1):
            i = 2 * divisor - 3
            candidate_period[base + divisor] = periods[i]
            candidate_xy[base + divisor] = _HALF * (products[i] + products[i + 1])
            candidate_yy[base + divisor] = _HALF * (
                energies[periods[i] * R + frame] + energies[periods[i + 1] * R + frame]
            )
        for divisor in range(last + 1, _DIVISORS):
            candidate_period[base + divisor] = 0
        for divisor in range(1, last + 1):
            candidate_gain[base + divisor] = pitch_gain(
                candidate_xy[base + divisor], xx[frame], candidate_yy[base + divisor]
            )


@kernel
def octave_choice(
    half: Any, start: Any, base: Any, candidate_period: Any, candidate_xy: Any, candidate_yy: Any,
    candidate_gain: Any, previous_period: Any, previous_gain: Any, periods: Any, products: Any,
) -> Any:
    """Choose one frame's period among its candidates.

    Returns (period at 48 kHz, 60 … 768; gain, float32 0 … 1). ``previous_period`` is the result for the
    frame before; ``base`` is the frame's place in the candidate tables.
    """
    t0 = candidate_period[base + 1]
    g0 = candidate_gain[base + 1]
    before = previous_period // 2
    best = 1
    for divisor in range(2, _DIVISORS):
        t1 = candidate_period[base + divisor]
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
        if candidate_gain[base + divisor] > threshold:
            best = divisor
    chosen = candidate_period[base + best]
    xy = candidate_xy[base + best]
    yy = candidate_yy[base + best]
    xy = _ZERO if _ZERO > xy else xy
    gain = _ONE if yy <= xy else xy / (yy + _ONE)
    periods[0] = chosen - 1
    periods[1] = chosen
    periods[2] = chosen + 1
    lagged_products(half, start + _MAX, periods, 3, products)
    offset = peak_offset(products[0], products[1], products[2])
    own = candidate_gain[base + best]
    gain = gain if gain < own else own
    return max(_MIN_PERIOD, 2 * chosen + offset), gain
