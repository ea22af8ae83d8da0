"""A dense layer over time and lanes, forward and backward: ``y = act(b + W·x)``, every frame for itself.

Arrays (flat float32, see :mod:`rnnoise_py.training.cpu.lane_algebra`; N units, T frames, K inputs)::

    y       (T, N)  outputs
    kernel  (K, N), bias (N,): as Keras keeps them

The input x begins at element ``x_at``; its frames are ``x_step`` elements apart.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.lanes.jit import training_kernel
from rnnoise_py.training.cpu.lane_activations import activate, slope
from rnnoise_py.training.cpu.lane_algebra import START, frame_product

_ZERO: Final = np.float32(0)


@training_kernel
def dense_forward(
    y: Any,
    kernel: Any,
    bias: Any,
    x: Any,
    x_at: int,
    x_step: int,
    frames: int,
    inputs: int,
    size: int,
    kind: int,
    lanes: tuple[int, ...],
    units: tuple[int, ...],
) -> None:
    """Run the layer; ``kind`` is the id of its activation."""
    width = len(lanes)
    run = size * width
    for t in range(frames):
        frame = y[t * run : (t + 1) * run]
        for u in range(size):
            for lane in range(width):
                frame[u * width + lane] = bias[u]
        frame_product(y, t * run, kernel, START, size, x, x_at + t * x_step, inputs, size, lanes, units)
        activate(frame, kind)


@training_kernel
def dense_backward(
    d: Any,
    y: Any,
    kernel: Any,
    d_x: Any,
    d_bias: Any,
    scratch: Any,
    frames: int,
    inputs: int,
    size: int,
    kind: int,
    lanes: tuple[int, ...],
    units: tuple[int, ...],
) -> None:
    """Add the gradients of bias and source, given those of the outputs, ``d`` (T, N).

    ``kernel`` (N, K) is *transposed* here. Without ``y`` (empty), ``d`` has those of the pre-activations already; else
    it is overwritten with them: :func:`~rnnoise_py.training.cpu.lane_algebra.sequence_outer` of x and them is the
    gradient of the kernel. An empty ``d_x`` (T, K) is not wanted. ``scratch`` (N) is overwritten.
    """
    width = len(lanes)
    run = size * width
    for i in range(len(y)):
        d[i] *= slope(y[i], kind)
    sums = scratch[:run]
    for i in range(run):
        sums[i] = _ZERO
    for t in range(frames):
        for i in range(run):
            sums[i] += d[t * run + i]
    for u in range(size):
        total = _ZERO
        for lane in range(width):
            total += sums[u * width + lane]
        d_bias[u] += total
    if len(d_x) > 0:
        for t in range(frames):
            at = t * inputs * width
            frame_product(d_x, at, kernel, START, inputs, d, t * run, size, inputs, lanes, units)
