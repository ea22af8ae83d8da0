"""Inner products at many lags at once, each sum in its own order.

"This is the kernel you really want to optimize": a one-accumulator sum is bound by the latency of its
additions, so neighbouring lags and frames run side by side in vectors, and several vectors at a time, while the terms
of every single sum are added in increasing order.
"""

from typing import Final

from rnnoise_py.dsp.numerals import ZERO
from rnnoise_py.lanes.jit import INDEX, inline_kernel
from rnnoise_py.lanes.types import Float32Array, Lanes
from rnnoise_py.lanes.vectors import NARROW, WIDE, load, repeat, splat, store

SUMS: Final = 5 * len(WIDE)  #: sums of :func:`correlate`: this many over R lags
NEAR_LAGS: Final = len(NARROW)  #: lags of :func:`correlate_near`

_W = len(WIDE)


@inline_kernel
def correlate(x: Float32Array, newest: int, length: int, sums: Float32Array, first: int, lanes: Lanes) -> None:
    """Correlate R frames in lane order with their past at successive lags.

    ``sums[k*R + l] = Σ_{j<length} x[(newest + j)*R + l]·x[(k + j)*R + l]`` for SUMS elements from ``first``, a multiple
    of 16, on. A vector holds 16 frames at one lag, or one frame at 16 lags: it is the same code. ``x`` must be
    readable up to element ``first + SUMS + (length − 1)·R``.
    """
    R = len(lanes)
    s0 = s1 = s2 = s3 = s4 = splat(ZERO, WIDE)
    for j in range(length):
        a = repeat(x, (newest + j) * R, lanes)
        past = first + j * R
        s0 = s0 + a * load(x, past, WIDE)
        s1 = s1 + a * load(x, past + _W, WIDE)
        s2 = s2 + a * load(x, past + 2 * _W, WIDE)
        s3 = s3 + a * load(x, past + 3 * _W, WIDE)
        s4 = s4 + a * load(x, past + 4 * _W, WIDE)
    store(sums, first, s0)
    store(sums, first + _W, s1)
    store(sums, first + 2 * _W, s2)
    store(sums, first + 3 * _W, s3)
    store(sums, first + 4 * _W, s4)


@inline_kernel
def correlate_near(
    x: Float32Array,
    newest0: int,
    newest1: int,
    past0: int,
    past1: int,
    past2: int,
    past3: int,
    length: int,
    sums: Float32Array,
    place0: int,
    place1: int,
) -> None:
    """Correlations of two frames around two lags each: ``x[newest0 + j]·x[past0 + k + j]`` and so on for k < NEAR_LAGS.

    Sums of frame 0 (past0, past1) go to ``place0`` on, those of frame 1 (past2, past3) to ``place1`` on. Four sums at
    a time hide the latency of one.
    """
    s0 = s1 = s2 = s3 = splat(ZERO, NARROW)
    for j in range(length):
        a = x[(newest0 + j) & INDEX]
        b = x[(newest1 + j) & INDEX]
        s0 = s0 + a * load(x, past0 + j, NARROW)
        s1 = s1 + a * load(x, past1 + j, NARROW)
        s2 = s2 + b * load(x, past2 + j, NARROW)
        s3 = s3 + b * load(x, past3 + j, NARROW)
    store(sums, place0, s0)
    store(sums, place0 + NEAR_LAGS, s1)
    store(sums, place1, s2)
    store(sums, place1 + NEAR_LAGS, s3)
