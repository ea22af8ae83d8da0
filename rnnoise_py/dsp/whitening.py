"""Downsampling by two and spectral flattening by a fourth-order linear predictor, before the pitch search.

Source: contract/features §8, §9. Successive frames share most of their samples, so the rate is halved
once for all; then R frames of 864 samples are laid side by side, sample i of lane l in ``samples[(REACH + i)*R + l]``
after REACH rows of zeros, and all sums run over the lanes.
"""

from typing import Final

import numpy as np

from rnnoise_py.dsp.numerals import HALF, ONE, ZERO
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32Array, Int64Array, Lanes, Vector
from rnnoise_py.lanes.vectors import BLOCK, WIDE, from_lanes, load, load_alternate, select, splat, store, to_lanes
from rnnoise_py.spec.constants import (
    AC_LAG_WINDOW,
    AC_NOISE_FLOOR,
    HALF_BUF_SIZE,
    LEVINSON_STOP,
    LPC_BANDWIDTH,
    LPC_ORDER,
    WHITENING_ZERO,
)

REACH: Final = LPC_ORDER + 1  #: zeros before a frame, as many as the whitening filter reaches back
HALF_PAD: Final = 16  #: zeros on each side of a whitened frame
HALF_STRIDE: Final = HALF_BUF_SIZE + 2 * HALF_PAD  #: from one whitened frame to the next: whole cache lines

_W = len(WIDE)
_AC_TERMS = HALF_BUF_SIZE - LPC_ORDER  # terms in the main sum: 860


@kernel
def downsample(signal: Float32Array, half: Float32Array) -> None:
    """Halve the rate with the filter (¼, ½, ¼); ``signal`` is float32 (≥ 2n,), ``half`` (n,), overwritten.

    n is a multiple of 16.
    """
    half[0] = HALF * (HALF * signal[1] + signal[0])
    for i in range(1, _W):
        half[i] = HALF * (HALF * (signal[2 * i - 1] + signal[2 * i + 1]) + signal[2 * i])
    for i in range(_W, len(half), _W):
        _, before = load_alternate(signal, 2 * i - 2, WIDE)
        at, after = load_alternate(signal, 2 * i, WIDE)
        store(half, i, HALF * (HALF * (before + after) + at))


@kernel
def lay_frames(
    signal: Float32Array, half: Float32Array, starts: Int64Array, samples: Float32Array, lanes: Lanes
) -> None:
    """Lay the half-rate frames of R pitch buffers side by side.

    Parameters
    ----------
    signal, half
        float32, and the same downsampled.
    starts
        int64 (R,): frame l is ``half[starts[l] : starts[l] + 864]``, but for its first sample, which sees nothing
        of what is before the buffer.
    samples
        float32 ((REACH + 864)·R,), overwritten.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for i in range(REACH):
        store(samples, i * R, splat(ZERO, lanes))
    for first in range(0, HALF_BUF_SIZE, BLOCK):
        to_lanes(half, starts, first, samples, (REACH + first) * R, lanes)
    for lane in range(R):
        first = 2 * starts[lane]
        samples[REACH * R + lane] = HALF * (HALF * signal[first + 1] + signal[first])


@inline_kernel
def _tail(samples: Float32Array, k: int, lanes: Lanes) -> Vector:
    """The products of the autocorrelation at lag k that are summed apart."""
    R = len(lanes)
    total: Vector = splat(ZERO, lanes)
    for i in range(_AC_TERMS + k, HALF_BUF_SIZE):
        total = total + load(samples, (REACH + i) * R, lanes) * load(samples, (REACH + i - k) * R, lanes)
    return total


@kernel
def autocorrelation(samples: Float32Array, ac: Float32Array, lanes: Lanes) -> None:
    """Autocorrelation at lags 0 … 4 of R half-rate frames: a main sum of 860 terms, then a tail.

    ``samples`` as :func:`lay_frames` leaves them; ``ac`` float32 (5·R,), overwritten in lane order.
    """
    R = len(lanes)
    s0 = s1 = s2 = s3 = s4 = splat(ZERO, lanes)
    for i in range(REACH, REACH + _AC_TERMS):
        now = load(samples, i * R, lanes)
        s0 = s0 + now * now
        s1 = s1 + now * load(samples, (i + 1) * R, lanes)
        s2 = s2 + now * load(samples, (i + 2) * R, lanes)
        s3 = s3 + now * load(samples, (i + 3) * R, lanes)
        s4 = s4 + now * load(samples, (i + 4) * R, lanes)
    store(ac, 0, s0 + _tail(samples, 0, lanes))
    store(ac, R, s1 + _tail(samples, 1, lanes))
    store(ac, 2 * R, s2 + _tail(samples, 2, lanes))
    store(ac, 3 * R, s3 + _tail(samples, 3, lanes))
    store(ac, 4 * R, s4 + _tail(samples, 4, lanes))


@kernel
def levinson(ac: Float32Array, lpc: Float32Array, lanes: Lanes) -> None:
    """Levinson–Durbin in R lanes: predictors ``lpc`` float32 (4·R,) of the autocorrelations ``ac`` (5·R,)."""
    R = len(lanes)
    for i in range(LPC_ORDER):
        store(lpc, i * R, splat(ZERO, lanes))
    error = load(ac, 0, lanes)
    limit = error * LEVINSON_STOP
    done = error == ZERO  # lanes that keep the predictor they have
    for i in range(LPC_ORDER):
        rr = splat(ZERO, lanes)
        for j in range(i):
            rr = rr + load(lpc, j * R, lanes) * load(ac, (i - j) * R, lanes)
        rr = rr + load(ac, (i + 1) * R, lanes)
        r = -rr / error
        store(lpc, i * R, select(done, load(lpc, i * R, lanes), r))
        for j in range((i + 1) >> 1):
            t1 = load(lpc, j * R, lanes)
            t2 = load(lpc, (i - 1 - j) * R, lanes)
            store(lpc, j * R, select(done, t1, t1 + r * t2))
            store(lpc, (i - 1 - j) * R, select(done, t2, t2 + r * t1))
        error = error - (r * r) * error
        done = done | (error < limit)


@kernel
def whiten(
    samples: Float32Array,
    flat: Float32Array,
    whitened: Float32Array,
    starts: Int64Array,
    ac: Float32Array,
    lpc: Float32Array,
    lanes: Lanes,
) -> None:
    """Flatten the spectrum of R half-rate frames.

    Parameters
    ----------
    samples
        float32 ((REACH + 864)·R,), as :func:`lay_frames` leaves them.
    flat
        float32 (864·R,), overwritten with the result in lane order.
    whitened, starts
        float32 and int64 (R,): the same frame by frame, and where each frame goes.
    ac, lpc
        Workspaces, float32 (5·R,) and (4·R,).
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    autocorrelation(samples, ac, lanes)
    store(ac, 0, load(ac, 0, lanes) * AC_NOISE_FLOOR)
    for k in range(1, LPC_ORDER + 1):
        width = AC_LAG_WINDOW * np.float32(k)
        value = load(ac, k * R, lanes)
        store(ac, k * R, value - value * width * width)
    levinson(ac, lpc, lanes)
    decay1 = LPC_BANDWIDTH * ONE
    decay2 = LPC_BANDWIDTH * decay1
    decay3 = LPC_BANDWIDTH * decay2
    decay4 = LPC_BANDWIDTH * decay3
    lpc0, lpc1 = load(lpc, 0, lanes) * decay1, load(lpc, R, lanes) * decay2
    lpc2, lpc3 = load(lpc, 2 * R, lanes) * decay3, load(lpc, 3 * R, lanes) * decay4
    n0 = lpc0 + WHITENING_ZERO
    n1 = lpc1 + WHITENING_ZERO * lpc0
    n2 = lpc2 + WHITENING_ZERO * lpc1
    n3 = lpc3 + WHITENING_ZERO * lpc2
    n4 = WHITENING_ZERO * lpc3
    for first in range(0, HALF_BUF_SIZE, BLOCK):
        for i in range(first, first + BLOCK):
            total = load(samples, (i + 5) * R, lanes) + n0 * load(samples, (i + 4) * R, lanes)
            total = total + n1 * load(samples, (i + 3) * R, lanes)
            total = total + n2 * load(samples, (i + 2) * R, lanes)
            total = total + n3 * load(samples, (i + 1) * R, lanes)
            store(flat, i * R, total + n4 * load(samples, i * R, lanes))
        from_lanes(flat, first * R, whitened, starts, first, lanes)
