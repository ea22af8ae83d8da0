"""A GRU layer over time and lanes, forward and backward through time (``reset_after=False``).

Spec 2: ``z = σ(b_z + Wz·x + Uz·s)``, ``r`` the same, ``c = act(b_c + Wc·x + Uc·(r∘s))``,
``s' = z∘s + (1−z)∘c``. The input x is the concatenation of up to SOURCES arrays, which is never made.
Everything that concerns one frame, or one small group of frames, is done while it is in the cache: over
whole sequences in separate passes the same arithmetic waits for memory half of the time.

Arrays (flat float32, see :mod:`rnnoise_py.training.cpu.lane_algebra`; N units, T frames, K inputs)::

    gates   (T, 3N +1) z, r, c after forward; gradients of their pre-activations after backward
    states  (T+1, N +1) states[0] is the start, states[t+1] the output of frame t
    resets  (T, N +1)  r∘s, kept for the gradient of the candidate's recurrent weights
    kernel (K, 3N), recurrent (N, 3N), bias (3N,): as Keras keeps them

``+1``: one unit of padding a frame. Without it frames lie a multiple of 2 kB apart and fall into the same
few cache sets.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.lanes.jit import training_kernel
from rnnoise_py.training.cpu.lane_activations import FLUSH, SIGMOID, activate, slope
from rnnoise_py.training.cpu.lane_algebra import OUTER_FRAMES, START, frame_product, sequence_outer

SOURCES: Final = 3  #: arrays that a layer can read; unused ones have no columns
PADDING: Final = 1  #: units of padding a frame
SCRATCH: Final = 5  #: arrays of a unit each that the backward pass needs

_ZERO: Final = np.float32(0)
_ONE: Final = np.float32(1)


@training_kernel
def gru_forward(
    gates: Any,
    states: Any,
    resets: Any,
    kernel: Any,
    recurrent: Any,
    bias: Any,
    sources: Any,
    starts: Any,
    steps: Any,
    counts: Any,
    frames: int,
    size: int,
    kind: int,
    lanes: tuple[int, ...],
    units: tuple[int, ...],
) -> None:
    """Run the layer.

    ``sources``, ``starts``, ``steps``, ``counts`` are tuples of SOURCES arrays, their first elements,
    elements a frame, and columns. ``kind`` is the candidate's activation id.
    """
    width = len(lanes)
    run = size * width  # elements of one gate in one frame
    gate_step, state_step = (3 * size + PADDING) * width, (size + PADDING) * width
    for t in range(frames):
        at, old = t * gate_step, t * state_step
        z, r, c = gates[at : at + run], gates[at + run : at + 2 * run], gates[at + 2 * run : at + 3 * run]
        state, new = states[old : old + run], states[old + state_step : old + state_step + run]
        reset = resets[old : old + run]
        for u in range(3 * size):
            row = gates[at + u * width : at + (u + 1) * width]
            for lane in range(width):
                row[lane] = bias[u]
        first = START
        for i in range(SOURCES):
            x_at = starts[i] + t * steps[i]
            w_at = first * 3 * size
            frame_product(gates, at, kernel, w_at, 3 * size, sources[i], x_at, counts[i], 3 * size, lanes, units)
            first += counts[i]
        frame_product(gates, at, recurrent, START, 3 * size, states, old, size, 2 * size, lanes, units)
        activate(gates[at : at + 2 * run], SIGMOID)
        for i in range(run):
            reset[i] = r[i] * state[i]
        frame_product(gates, at + 2 * run, recurrent, 2 * size, 3 * size, resets, old, size, size, lanes, units)
        activate(c, kind)
        for i in range(run):
            value = z[i] * state[i] + (_ONE - z[i]) * c[i]
            new[i] = _ZERO if abs(value) < FLUSH else value


@training_kernel
def gru_backward(
    gates: Any,
    states: Any,
    resets: Any,
    kernel: Any,
    recurrent: Any,
    sources: Any,
    starts: Any,
    steps: Any,
    counts: Any,
    d_out: Any,
    d_sources: Any,
    d_kernel: Any,
    d_recurrent: Any,
    d_bias: Any,
    scratch: Any,
    frames: int,
    size: int,
    kind: int,
    lanes: tuple[int, ...],
    units: tuple[int, ...],
    rows: tuple[int, ...],
    columns: tuple[int, ...],
) -> None:
    """Add the gradients of weights and sources, given those of the outputs, ``d_out`` (T, N).

    ``kernel`` (3N, K) and ``recurrent`` (3N, N) are *transposed* here. ``d_sources`` are SOURCES arrays
    (T, columns); an empty one is not wanted. ``gates`` and ``scratch`` (5N) are overwritten.
    """
    width = len(lanes)
    run = size * width
    gate_step, state_step = (3 * size + PADDING) * width, (size + PADDING) * width
    inputs = counts[0] + counts[1] + counts[2]
    carry = scratch[:run]  # gradient of the state that leaves frame t
    d_reset = scratch[run : 2 * run]
    bias_sums = scratch[2 * run : 5 * run]
    for i in range(5 * run):
        scratch[i] = _ZERO
    for t in range(frames - 1, -1, -1):
        at, old = t * gate_step, t * state_step
        z, r, c = gates[at : at + run], gates[at + run : at + 2 * run], gates[at + 2 * run : at + 3 * run]
        state, d_state = states[old : old + run], d_out[t * run : (t + 1) * run]
        for i in range(run):
            d = d_state[i] + carry[i]
            keep, candidate = z[i], c[i]
            z[i] = d * (state[i] - candidate) * keep * (_ONE - keep)
            c[i] = d * (_ONE - keep) * slope(candidate, kind)
            carry[i] = d * keep
            d_reset[i] = _ZERO
        frame_product(d_reset, START, recurrent, 2 * size * size, size, gates, at + 2 * run, size, size, lanes, units)
        for i in range(run):
            reset = r[i]
            carry[i] += d_reset[i] * reset
            r[i] = d_reset[i] * state[i] * reset * (_ONE - reset)
        frame_product(carry, START, recurrent, START, size, gates, at, 2 * size, size, lanes, units)
        for i in range(run):
            carry[i] = _ZERO if abs(carry[i]) < FLUSH else carry[i]
        frame = gates[at : at + 3 * run]
        for i in range(3 * run):
            bias_sums[i] += frame[i]
        first = START
        for i in range(SOURCES):
            if len(d_sources[i]) > 0:
                x_at = t * counts[i] * width
                frame_product(d_sources[i], x_at, kernel, first, inputs, gates, at, 3 * size, counts[i], lanes, units)
            first += counts[i]
        if t % OUTER_FRAMES == 0:
            n = OUTER_FRAMES if frames - t > OUTER_FRAMES else frames - t
            row = 3 * size
            both, third = 2 * size, at + 2 * run
            sequence_outer(
                d_recurrent,
                START,
                row,
                states,
                old,
                state_step,
                gates,
                at,
                gate_step,
                n,
                size,
                both,
                lanes,
                rows,
                columns,
            )
            sequence_outer(
                d_recurrent,
                both,
                row,
                resets,
                old,
                state_step,
                gates,
                third,
                gate_step,
                n,
                size,
                size,
                lanes,
                rows,
                columns,
            )
            first = START
            for i in range(SOURCES):
                x_at = starts[i] + t * steps[i]
                x, x_step, count = sources[i], steps[i], counts[i]
                w_at = first * row
                sequence_outer(
                    d_kernel, w_at, row, x, x_at, x_step, gates, at, gate_step, n, count, row, lanes, rows, columns
                )
                first += count
    for u in range(3 * size):
        total = _ZERO
        for lane in range(width):
            total += bias_sums[u * width + lane]
        d_bias[u] += total
