"""A dense layer over time and lanes, forward and backward: ``y = act(b + W·x)``, every frame for itself.

Arrays (flat float32, see :mod:`rnnoise_py.training.cpu.lane_algebra`; N units, T frames, K inputs)::

    y       (T, N)  outputs
    kernel  (K, N), bias (N,): as Keras keeps them

The input x begins at element ``x_at``; its frames are ``x_step`` elements apart.
"""

from typing import Any

import numpy as np

from rnnoise_py.lanes.jit import training_kernel
from rnnoise_py.training.cpu.lane_activations import activate, slope
from rnnoise_py.training.cpu.lane_algebra import START, frame_product, sequence_outer


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
    x: Any,
    x_at: int,
    x_step: int,
    d_x: Any,
    d_kernel: Any,
    d_bias: Any,
    frames: int,
    inputs: int,
    size: int,
    kind: int,
    lanes: tuple[int, ...],
    units: tuple[int, ...],
    rows: tuple[int, ...],
    columns: tuple[int, ...],
) -> None:
    """Add the gradients of weights and of the source, given those of the outputs, ``d`` (T, N).

    ``kernel`` (N, K) is *transposed* here. Without ``y`` (empty), ``d`` has those of the pre-activations already; else
    it is overwritten with them. An empty ``d_x`` (T, K) is not wanted.
    """
    width = len(lanes)
    run = size * width
    for i in range(len(y)):
        d[i] *= slope(y[i], kind)
    sums = np.zeros(run, dtype=np.float32)
    for t in range(frames):
        for i in range(run):
            sums[i] += d[t * run + i]
    for u in range(size):
        total = np.float32(0)
        for lane in range(width):
            total += sums[u * width + lane]
        d_bias[u] += total
    sequence_outer(d_kernel, START, size, x, x_at, x_step, d, START, run, frames, inputs, size, lanes, rows, columns)
    if len(d_x) > 0:
        for t in range(frames):
            at = t * inputs * width
            frame_product(d_x, at, kernel, START, inputs, d, t * run, size, inputs, lanes, units)
