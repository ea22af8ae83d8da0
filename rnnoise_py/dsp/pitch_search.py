"""Open-loop pitch search: a coarse pass at a quarter of the rate, a fine one around its best two lags.

Source: the contract's features, step 4. A *lag* counts samples from the start of the half-rate buffer; the
*period* it stands for is the longest period minus the lag. The score of a lag is correlation² / energy.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.constants import (
    BEST_LAG_SCALE,
    COARSE_FRAME_SIZE,
    COARSE_LAGS,
    FINE_LAGS,
    FINE_RADIUS,
    HALF_BUF_SIZE,
    HALF_FRAME_SIZE,
    HALF_MAX_PERIOD,
    PEAK_OFFSET,
    PITCH_MAX_PERIOD,
)
from rnnoise_py.dsp.correlate import add_squares, correlate
from rnnoise_py.dsp.jit import INDEX, inline_kernel, kernel

COARSE_SUMS: Final = (COARSE_LAGS + 7) // 8 * 8  # lags computed, a multiple of the vector width
COARSE_STRIDE: Final = HALF_BUF_SIZE // 2  # samples of a quarter-rate frame
FINE_SUMS: Final = 16  # lags computed around a coarse candidate, from one before the fine search on

ENERGY_ROWS: Final = FINE_LAGS + 2  # lags whose energies are computed, two at a time

_COARSE_SUMS = COARSE_SUMS
_COARSE_STRIDE = COARSE_STRIDE
_COARSE_LAGS = COARSE_LAGS
_COARSE_N = COARSE_FRAME_SIZE
_FINE_SUMS = FINE_SUMS
_FINE_LAGS = FINE_LAGS
_FINE_N = HALF_FRAME_SIZE
_RADIUS = FINE_RADIUS
_SPAN = 2 * FINE_RADIUS + 1
_CENTRE = HALF_MAX_PERIOD
_MAX_PERIOD = PITCH_MAX_PERIOD
_SCALE = BEST_LAG_SCALE
_OFFSET = PEAK_OFFSET
_ZERO = np.float32(0)
_ONE = np.float32(1)
_MINUS_ONE = np.float32(-1)


@inline_kernel
def peak_offset(before: Any, at: Any, after: Any) -> Any:
    """−1, 0 or +1: where the peak lies between three neighbouring correlations."""
    if after - before > _OFFSET * (at - before):
        return 1
    if before - after > _OFFSET * (at - after):
        return -1
    return 0


@inline_kernel
def _running_energy(squares: Any, step: Any, length: Any, lags: Any, energy: Any, lanes: Any) -> None:
    """``energy[k*R + f]``: 1 plus the energy of ``length`` samples from lag k, updated recursively.

    Every ``step``-th of the squares counts.
    """
    R = len(lanes)
    for lane in range(R):
        energy[lane] = _ONE
    add_squares(squares, 0, length, step, energy, lanes)
    for k in range(0, lags - 1, 2):  # two at a time: the first need not come back from memory
        old = (k * step * R) & INDEX
        new = ((k + length) * step * R) & INDEX
        for lane in range(R):
            total = energy[k * R + lane] + (squares[new + lane] - squares[old + lane])
            total = _ONE if _ONE > total else total
            energy[(k + 1) * R + lane] = total
            total = total + (squares[new + step * R + lane] - squares[old + step * R + lane])
            energy[(k + 2) * R + lane] = _ONE if _ONE > total else total


@inline_kernel
def _better(score: Any, energy: Any, best_score: Any, best_energy: Any) -> Any:
    return score * best_energy > best_score * energy


@kernel
def coarse_search(
    quarter: Any, starts: Any, squares: Any, best: Any, sums: Any, energy: Any, lanes: Any
) -> None:
    """Find the best two lags at a quarter of the rate.

    Parameters
    ----------
    quarter
        float32; COARSE_STRIDE samples from ``starts[f]``.
    starts
        int64 (R,).
    squares
        float32 (864·R,), the half-rate samples squared, in lane order.
    best
        int64 (2·R,), overwritten: lags 0 … 146, best first, frame by frame.
    sums, energy
        Workspaces, float32 (R·COARSE_SUMS,) and (ENERGY_ROWS·R,).
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    centres = starts + _CENTRE // 2
    correlate(quarter, centres, quarter, starts, _COARSE_N, sums, _COARSE_SUMS, lanes)
    _running_energy(squares, 2, _COARSE_N, _COARSE_LAGS, energy, lanes)
    for frame in range(R):
        score0, score1 = _MINUS_ONE, _MINUS_ONE
        energy0, energy1 = _ZERO, _ZERO
        lag0, lag1 = 0, 1
        for k in range(_COARSE_LAGS):
            correlation = sums[frame * _COARSE_SUMS + k]
            if correlation > _ZERO:
                value = correlation * _SCALE
                score = value * value
                own = energy[k * R + frame]
                if _better(score, own, score1, energy1):
                    if _better(score, own, score0, energy0):
                        score1, energy1, lag1 = score0, energy0, lag0
                        score0, energy0, lag0 = score, own, k
                    else:
                        score1, energy1, lag1 = score, own, k
        best[2 * frame] = lag0
        best[2 * frame + 1] = lag1


@kernel
def fine_search(
    half: Any, starts: Any, squares: Any, best: Any, period: Any, lags: Any, sums: Any, work_centres: Any,
    work_starts: Any, energy: Any, correlations: Any, lanes: Any,
) -> None:
    """Find the best lag at half the rate around the coarse candidates.

    Parameters
    ----------
    half
        float32, whitened half-rate frames with zeros around them.
    starts
        int64 (R,), first sample of each frame.
    squares
        float32 (864·R,), the samples squared, in lane order.
    best
        int64 (2·R,), the two coarse lags of each frame.
    period
        int64 (R,), overwritten: samples at 48 kHz, 181 … 768.
    lags, sums
        int64 (2·R,) and float32 (2·R·FINE_SUMS,), overwritten: around each candidate, the correlations at
        FINE_SUMS lags from this one on (those outside the search are kept for the octave stage).
    work_centres, work_starts, energy, correlations
        Workspaces, int64 (2·R,) twice, float32 (ENERGY_ROWS·R,) and (294,).
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for i in range(2 * R):
        lags[i] = 2 * best[i] - _RADIUS - 1
        work_centres[i] = starts[i // 2] + _CENTRE
        work_starts[i] = starts[i // 2] + lags[i]
    correlate(half, work_centres, half, work_starts, _FINE_N, sums, _FINE_SUMS, lanes + lanes)
    _running_energy(squares, 1, _FINE_N, _FINE_LAGS, energy, lanes)
    for frame in range(R):
        for k in range(_FINE_LAGS):
            correlations[k] = _ZERO
        for i in range(_SPAN):
            k = 2 * best[2 * frame] - _RADIUS + i
            if 0 <= k < _FINE_LAGS:
                value = sums[2 * frame * _FINE_SUMS + i + 1]
                correlations[k] = _MINUS_ONE if value < _MINUS_ONE else value
            k = 2 * best[2 * frame + 1] - _RADIUS + i
            if 0 <= k < _FINE_LAGS:
                value = sums[(2 * frame + 1) * _FINE_SUMS + i + 1]
                correlations[k] = _MINUS_ONE if value < _MINUS_ONE else value
        # The best of two is the best of one: only the first is used.
        score0, score1 = _MINUS_ONE, _MINUS_ONE
        energy0, energy1 = _ZERO, _ZERO
        lag0 = 0
        low = min(best[2 * frame], best[2 * frame + 1])
        high = max(best[2 * frame], best[2 * frame + 1])
        for i in range(2 * _SPAN):
            k = 2 * low - _RADIUS + i if i < _SPAN else 2 * high - _RADIUS + i - _SPAN
            if k < 0 or k >= _FINE_LAGS or (i >= _SPAN and k <= 2 * low + _RADIUS):
                continue
            if correlations[k] > _ZERO:
                value = correlations[k] * _SCALE
                score = value * value
                own = energy[k * R + frame]
                if _better(score, own, score1, energy1):
                    if _better(score, own, score0, energy0):
                        score1, energy1 = score0, energy0
                        score0, energy0, lag0 = score, own, k
                    else:
                        score1, energy1 = score, own
        offset = 0
        if 0 < lag0 < _FINE_LAGS - 1:
            offset = peak_offset(correlations[lag0 - 1], correlations[lag0], correlations[lag0 + 1])
        period[frame] = _MAX_PERIOD - (2 * lag0 - offset)


@kernel
def decimate(half: Any, starts: Any, quarter: Any, lanes: Any) -> None:
    """Keep every second sample of R half-rate frames, COARSE_STRIDE apart."""
    for frame in range(len(lanes)):
        for i in range(_COARSE_STRIDE):
            quarter[frame * _COARSE_STRIDE + i] = half[starts[frame] + 2 * i]
