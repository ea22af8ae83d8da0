"""Open-loop pitch search: a coarse pass at a quarter of the rate, a fine one around its best two lags.

Source: contract/features §10. A *lag* counts samples from the start of the half-rate buffer; the
*period* it stands for is the longest period minus the lag. The score of a lag is correlation² / energy.
"""

from typing import Final

import numpy as np

from rnnoise_py.dsp.correlation import NEAR_LAGS, SUMS, correlate, correlate_near
from rnnoise_py.dsp.numerals import MINUS_ONE, ONE, ZERO
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32, Float32Array, Int64Array, Lanes, Truth
from rnnoise_py.lanes.vectors import any_of, load, select, splat, store
from rnnoise_py.spec.constants import (
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

QUARTER_SIZE: Final = HALF_BUF_SIZE // 2  # samples of a quarter-rate frame
COARSE_SUMS: Final = -(-COARSE_LAGS // SUMS) * SUMS  # lags of a frame that are computed, at most
FINE_SUMS: Final = NEAR_LAGS  # lags computed around a coarse candidate, from one before the fine search on

assert COARSE_SUMS + COARSE_FRAME_SIZE - 1 <= QUARTER_SIZE, "the last vectors stay in the frame"

_SPAN = 2 * FINE_RADIUS + 1


@inline_kernel
def peak_offset(before: Float32, at: Float32, after: Float32) -> int:
    """−1, 0 or +1: where the peak lies between three neighbouring correlations."""
    if after - before > PEAK_OFFSET * (at - before):
        return 1
    if before - after > PEAK_OFFSET * (at - after):
        return -1
    return 0


@inline_kernel
def _better(score: Float32, energy: Float32, best_score: Float32, best_energy: Float32) -> Truth:
    return score * best_energy > best_score * energy


@kernel
def coarse_search(
    flat: Float32Array,
    energy: Float32Array,
    best: Float32Array,
    quarter: Float32Array,
    sums: Float32Array,
    lanes: Lanes,
) -> None:
    """Find the best two lags at a quarter of the rate; everything in lane order.

    Parameters
    ----------
    flat
        float32 (864·R,), whitened half-rate samples.
    energy
        float32 (147·R,), the lags' energies, see ``lag_energies``.
    best
        float32 (2·R,), overwritten: the best lag of each frame, 0 … 146, then the second best.
    quarter, sums
        Workspaces, float32 (QUARTER_SIZE·R,) and (COARSE_SUMS·R,).
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for i in range(QUARTER_SIZE):
        store(quarter, i * R, load(flat, 2 * i * R, lanes))
    for first in range(0, COARSE_LAGS * R, SUMS):
        correlate(quarter, HALF_MAX_PERIOD // 2, COARSE_FRAME_SIZE, sums, first, lanes)
    score0 = score1 = splat(MINUS_ONE, lanes)
    energy0 = energy1 = splat(ZERO, lanes)
    lag0, lag1 = splat(ZERO, lanes), splat(ONE, lanes)
    for k in range(COARSE_LAGS):
        correlation = load(sums, k * R, lanes)
        value = correlation * BEST_LAG_SCALE
        score = value * value
        lag_energy = load(energy, k * R, lanes)
        second = (correlation > ZERO) & _better(score, lag_energy, score1, energy1)
        if any_of(second):
            first_too = second & _better(score, lag_energy, score0, energy0)
            lag = splat(np.float32(k), lanes)
            score1 = select(first_too, score0, select(second, score, score1))
            energy1 = select(first_too, energy0, select(second, lag_energy, energy1))
            lag1 = select(first_too, lag0, select(second, lag, lag1))
            score0 = select(first_too, score, score0)
            energy0 = select(first_too, lag_energy, energy0)
            lag0 = select(first_too, lag, lag0)
    store(best, 0, lag0)
    store(best, R, lag1)


@kernel
def fine_search(
    half: Float32Array,
    starts: Int64Array,
    energy: Float32Array,
    best: Float32Array,
    period: Int64Array,
    lags: Int64Array,
    sums: Float32Array,
    correlations: Float32Array,
    lanes: Lanes,
) -> None:
    """Find the best lag at half the rate around the coarse candidates.

    Parameters
    ----------
    half
        float32, whitened half-rate frames with zeros around them.
    starts
        int64 (R,), first sample of each frame.
    energy
        float32 (294·R,), the lags' energies in lane order, see ``lag_energies``.
    best
        float32 (2·R,), the coarse lags, first those of one rank, then of the other.
    period
        int64 (R,), overwritten: samples at 48 kHz, 182 … 768.
    lags, sums
        int64 (2·R,) and float32 (2·R·FINE_SUMS,), overwritten: around each candidate, the correlations at
        FINE_SUMS lags from this one on (those outside the search are kept for the octave stage).
    correlations
        Workspace, float32 (294,).
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for frame in range(R):
        lags[2 * frame] = 2 * np.int64(best[frame]) - FINE_RADIUS - 1
        lags[2 * frame + 1] = 2 * np.int64(best[R + frame]) - FINE_RADIUS - 1
    for frame in range(0, R, 2):
        other = min(frame + 1, R - 1)  # one lane does its work twice, at no cost
        start0, start1 = starts[frame], starts[other]
        correlate_near(
            half,
            start0 + HALF_MAX_PERIOD,
            start1 + HALF_MAX_PERIOD,
            start0 + lags[2 * frame],
            start0 + lags[2 * frame + 1],
            start1 + lags[2 * other],
            start1 + lags[2 * other + 1],
            HALF_FRAME_SIZE,
            sums,
            2 * frame * FINE_SUMS,
            2 * other * FINE_SUMS,
        )
    for frame in range(R):
        for k in range(FINE_LAGS):
            correlations[k] = ZERO
        low = FINE_LAGS
        high = 0
        for i in range(2 * frame, 2 * frame + 2):
            centre = lags[i] + FINE_RADIUS + 1
            low = min(low, centre)
            high = max(high, centre)
            for j in range(1, _SPAN + 1):
                k = lags[i] + j
                if 0 <= k < FINE_LAGS:
                    value = sums[i * FINE_SUMS + j]
                    correlations[k] = MINUS_ONE if value < MINUS_ONE else value
        # The best of two is the best of one: only the first is used.
        score0, score1 = MINUS_ONE, MINUS_ONE
        energy0, energy1 = ZERO, ZERO
        lag0 = 0
        for i in range(2 * _SPAN):
            k = low - FINE_RADIUS + i if i < _SPAN else high - FINE_RADIUS + i - _SPAN
            if k < 0 or k >= FINE_LAGS or (i >= _SPAN and k <= low + FINE_RADIUS):
                continue
            if correlations[k] > ZERO:
                value = correlations[k] * BEST_LAG_SCALE
                score = value * value
                lag_energy = energy[k * R + frame]
                if _better(score, lag_energy, score1, energy1):
                    if _better(score, lag_energy, score0, energy0):
                        score1, energy1 = score0, energy0
                        score0, energy0, lag0 = score, lag_energy, k
                    else:
                        score1, energy1 = score, lag_energy
        offset = 0
        if 0 < lag0 < FINE_LAGS - 1:
            offset = peak_offset(correlations[lag0 - 1], correlations[lag0], correlations[lag0 + 1])
        period[frame] = PITCH_MAX_PERIOD - (2 * lag0 - offset)
