"""Weighted sums over a layer's inputs, and the dense layer.

Source: contract/inference §4. Every neuron's sum runs over the inputs in order; neurons lie side by side in vector
lanes, and eight inputs are added before a sum is stored again.

Recurrent states decay through the subnormal numbers, whose products take processors a hundred times as long. Such
a product is below 2⁻¹¹⁸ (weights are below 2⁸), so it cannot move a sum of 2⁻⁹⁰ or more, and is left out exactly
then.
"""

from typing import Final

import numpy as np

from rnnoise_py.dsp.activation import activate
from rnnoise_py.dsp.numerals import ONE, ZERO
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32, Float32Array, Truth

UNROLL: Final = 8  # inputs added to a sum before it is stored
_HALF_UNROLL = UNROLL // 2
_SMALLEST_NORMAL = np.float32(2.0**-126)
_IMMOVABLE = np.float32(2.0**-90)


@inline_kernel
def is_subnormal(value: Float32) -> Truth:
    """Whether a float32 is too small to be normal, and not zero."""
    return value != ZERO and -_SMALLEST_NORMAL < value < _SMALLEST_NORMAL


@kernel
def any_subnormal(values: Float32Array) -> bool:
    """Whether any element of a float32 array is subnormal."""
    found = np.int64(0)
    for i in range(len(values)):
        found |= is_subnormal(values[i])
    return bool(found != 0)


@kernel
def immovable(sums: Float32Array) -> bool:
    """Whether every sum is so large that the product of a weight and a subnormal number cannot move it."""
    moved = np.int64(0)
    for i in range(len(sums)):
        moved |= -_IMMOVABLE < sums[i] < _IMMOVABLE
    return bool(moved == 0)


@inline_kernel
def _add_fast(sums: Float32Array, weights: Float32Array, stride: int, inputs: Float32Array) -> None:
    """:func:`add_weighted`, eight inputs at a time."""
    columns = len(sums)
    count = len(inputs)
    whole = count - count % UNROLL
    for j in range(0, whole, UNROLL):
        a = inputs[j : j + UNROLL]
        first = j * stride
        a0, a1, a2, a3, a4, a5, a6, a7 = a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]
        w0 = weights[first : first + columns]
        w1 = weights[first + stride : first + stride + columns]
        w2 = weights[first + 2 * stride : first + 2 * stride + columns]
        w3 = weights[first + 3 * stride : first + 3 * stride + columns]
        w4 = weights[first + 4 * stride : first + 4 * stride + columns]
        w5 = weights[first + 5 * stride : first + 5 * stride + columns]
        w6 = weights[first + 6 * stride : first + 6 * stride + columns]
        w7 = weights[first + 7 * stride : first + 7 * stride + columns]
        for i in range(columns):
            s = sums[i]
            s = s + w0[i] * a0
            s = s + w1[i] * a1
            s = s + w2[i] * a2
            s = s + w3[i] * a3
            s = s + w4[i] * a4
            s = s + w5[i] * a5
            s = s + w6[i] * a6
            s = s + w7[i] * a7
            sums[i] = s
    for j in range(whole, count):
        value = inputs[j]
        w = weights[j * stride : j * stride + columns]
        for i in range(columns):
            sums[i] += w[i] * value


@kernel
def _add_careful(sums: Float32Array, weights: Float32Array, stride: int, inputs: Float32Array) -> None:
    """:func:`add_weighted`, without products that cannot matter."""
    if not any_subnormal(inputs):
        _add_fast(sums, weights, stride, inputs)
        return
    columns = len(sums)
    for j in range(len(inputs)):
        value = inputs[j]
        if is_subnormal(value) and immovable(sums):
            continue
        w = weights[j * stride : j * stride + columns]
        for i in range(columns):
            sums[i] += w[i] * value


@kernel
def add_weighted(sums: Float32Array, weights: Float32Array, stride: int, inputs: Float32Array) -> None:
    """``sums[i] += Σ_j weights[j*stride + i]·inputs[j]``, j in order.

    ``sums`` float32 (columns,), ``weights`` float32 flat, int8 values, ``inputs`` float32 (inputs,).
    """
    if any_subnormal(inputs):
        for j in range(0, len(inputs), UNROLL):
            _add_careful(sums, weights[j * stride :], stride, inputs[j : j + UNROLL])
    else:
        _add_fast(sums, weights, stride, inputs)


@inline_kernel
def _add_gated_fast(
    sums: Float32Array, weights: Float32Array, stride: int, inputs: Float32Array, gates: Float32Array
) -> None:
    """:func:`add_gated`, four inputs at a time."""
    columns = len(sums)
    count = len(inputs)
    whole = count - count % _HALF_UNROLL
    for j in range(0, whole, _HALF_UNROLL):
        a = inputs[j : j + _HALF_UNROLL]
        g = gates[j : j + _HALF_UNROLL]
        first = j * stride
        a0, a1, a2, a3 = a[0], a[1], a[2], a[3]
        g0, g1, g2, g3 = g[0], g[1], g[2], g[3]
        w0 = weights[first : first + columns]
        w1 = weights[first + stride : first + stride + columns]
        w2 = weights[first + 2 * stride : first + 2 * stride + columns]
        w3 = weights[first + 3 * stride : first + 3 * stride + columns]
        for i in range(columns):
            s = sums[i]
            s = s + w0[i] * a0 * g0
            s = s + w1[i] * a1 * g1
            s = s + w2[i] * a2 * g2
            s = s + w3[i] * a3 * g3
            sums[i] = s
    for j in range(whole, count):
        value, gate = inputs[j], gates[j]
        w = weights[j * stride : j * stride + columns]
        for i in range(columns):
            sums[i] += w[i] * value * gate


@kernel
def _add_gated_careful(
    sums: Float32Array, weights: Float32Array, stride: int, inputs: Float32Array, gates: Float32Array
) -> None:
    """:func:`add_gated`, without products that cannot matter."""
    if not any_subnormal(inputs):
        _add_gated_fast(sums, weights, stride, inputs, gates)
        return
    columns = len(sums)
    for j in range(len(inputs)):
        value, gate = inputs[j], gates[j]
        if is_subnormal(value) and gate <= ONE and immovable(sums):
            continue
        w = weights[j * stride : j * stride + columns]
        for i in range(columns):
            sums[i] += w[i] * value * gate


@kernel
def add_gated(
    sums: Float32Array, weights: Float32Array, stride: int, inputs: Float32Array, gates: Float32Array
) -> None:
    """``sums[i] += Σ_j (weights[j*stride + i]·inputs[j])·gates[j]``, j in order; arrays as above.

    ``gates`` float32 (inputs,), 0 … 1.
    """
    if any_subnormal(inputs):
        for j in range(0, len(inputs), UNROLL):
            part = slice(j, j + UNROLL)
            _add_gated_careful(sums, weights[j * stride :], stride, inputs[part], gates[part])
    else:
        _add_gated_fast(sums, weights, stride, inputs, gates)


@kernel
def dense(
    inputs: Float32Array,
    weights: Float32Array,
    bias: Float32Array,
    activation: int,
    sums: Float32Array,
    outputs: Float32Array,
) -> None:
    """Run a dense layer on one frame.

    Parameters
    ----------
    inputs
        float32 (inputs,).
    weights
        float32 (inputs·neurons,), int8 values, row by row of one input each.
    bias
        float32 (neurons,), int8 values.
    activation
        Activation id.
    sums
        float32 (≥ neurons,), workspace.
    outputs
        float32 (neurons,), overwritten.
    """
    n = len(bias)
    weighted = sums[:n]
    for i in range(n):
        weighted[i] = bias[i]
    add_weighted(weighted, weights, n, inputs)
    activate(weighted, activation, outputs[:n])
