"""Inner products at many lags or in many frames at once, each sum in its own order.

"This is the kernel you really want to optimise": a one-accumulator sum is bound by the latency of its
additions, so neighbouring lags run side by side in vector lanes and frames are interleaved, while the terms
of every single sum are added in increasing order.

Signals of R frames are frame by frame: sample i of frame f is ``x[f*stride + i]``.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.dsp.jit import INDEX, inline_kernel

UNROLL: Final = 8  # terms added to an accumulator before it is stored; lengths are multiples of it
_ZERO = np.float32(0)


@inline_kernel
def correlate(x: Any, x_starts: Any, y: Any, y_starts: Any, length: Any, sums: Any, lags: Any, lanes: Any) -> None:
    """``sums[f*lags + k] = Σ_{j<length} x[x_starts[f] + j]·y[y_starts[f] + k + j]`` for k < lags, f < R.

    ``length`` is a multiple of UNROLL, ``lags`` best a multiple of 8; ``y`` must be readable up to
    ``y_starts[f] + lags + length − 2``.
    """
    R = len(lanes)
    for i in range(R * lags):
        sums[i] = _ZERO
    for first in range(0, length, UNROLL):
        for frame in range(R):
            a = (x_starts[frame] + first) & INDEX
            b = (y_starts[frame] + first) & INDEX
            own = (frame * lags) & INDEX
            a0, a1, a2, a3, a4, a5, a6, a7 = (
                x[a], x[a + 1], x[a + 2], x[a + 3], x[a + 4], x[a + 5], x[a + 6], x[a + 7],
            )
            for k in range(lags):
                s = sums[own + k]
                s = s + a0 * y[b + k]
                s = s + a1 * y[b + k + 1]
                s = s + a2 * y[b + k + 2]
                s = s + a3 * y[b + k + 3]
                s = s + a4 * y[b + k + 4]
                s = s + a5 * y[b + k + 5]
                s = s + a6 * y[b + k + 6]
                s = s + a7 * y[b + k + 7]
                sums[own + k] = s


@inline_kernel
def add_squares(squares: Any, first: Any, count: Any, step: Any, sums: Any, lanes: Any) -> None:
    """``sums[f] += squares[(first + i·step)·R + f]`` for i < count, a multiple of UNROLL, in order."""
    R = len(lanes)
    stride = step * R
    for i in range(0, count, UNROLL):
        base = ((first + i * step) * R) & INDEX
        for lane in range(R):
            s = sums[lane]
            s = s + squares[base + lane]
            s = s + squares[base + stride + lane]
            s = s + squares[base + 2 * stride + lane]
            s = s + squares[base + 3 * stride + lane]
            s = s + squares[base + 4 * stride + lane]
            s = s + squares[base + 5 * stride + lane]
            s = s + squares[base + 6 * stride + lane]
            s = s + squares[base + 7 * stride + lane]
            sums[lane] = s
