"""The activations of the network: a tabled tanh, the sigmoid made of it, relu.

Source: contract/inference §3. The loops have no branches, so that they run in vector lanes.
"""

from typing import Final

import numpy as np

from rnnoise_py.dsp.numerals import HALF, ONE, ZERO
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32, Float32Array
from rnnoise_py.spec.constants import TANSIG_LIMIT, TANSIG_STEP, TANSIG_STEPS_PER_UNIT, WEIGHT_SCALE
from rnnoise_py.spec.tables import TANSIG

TANH: Final = 0  # ids as in C and in text models
SIGMOID: Final = 1
RELU: Final = 2

_LIMIT = np.float32(TANSIG_LIMIT)
_STEPS = np.float32(TANSIG_STEPS_PER_UNIT)
_SCALE = np.float32(1) / np.float32(WEIGHT_SCALE)


@inline_kernel
def tansig(value: Float32) -> Float32:
    """Tanh of a float32 from the table of 201 entries; ±1 from ±8 on, NaN gives +1."""
    magnitude = -value if value < ZERO else value
    inside = magnitude < _LIMIT
    x = magnitude if inside else ZERO
    i = np.uint32(HALF + _STEPS * x)  # truncation is floor here
    x = x - TANSIG_STEP * np.float32(i)
    y = TANSIG[i]  # quirk Q-TANSIG
    slope = ONE - y * y
    y = y + x * slope * (ONE - y * x)
    y = y if inside else ONE
    return -y if value < ZERO else y


@inline_kernel
def sigmoid(value: Float32) -> Float32:
    """½ + ½·tansig(½·value), float32.

    The contract widens to binary64 in between; halving is exact and a sum of two binary32 numbers rounds the
    same by way of binary64, so the bits do not need it.
    """
    return HALF + HALF * tansig(HALF * value)


@inline_kernel
def relu(value: Float32) -> Float32:
    """0 for negative values; NaN stays."""
    return ZERO if value < ZERO else value


@kernel
def activate_in_place(sums: Float32Array, kind: int) -> None:
    """Scale sums by 1/256 and apply an activation, in place.

    Parameters
    ----------
    sums
        float32, any length, overwritten.
    kind
        Activation id: 0 tanh, 1 sigmoid, 2 relu.
    """
    n = len(sums)
    if kind == TANH:
        for i in range(n):
            sums[i] = tansig(sums[i] * _SCALE)
    elif kind == SIGMOID:
        for i in range(n):
            sums[i] = sigmoid(sums[i] * _SCALE)
    else:
        for i in range(n):
            sums[i] = relu(sums[i] * _SCALE)


@kernel
def activate(sums: Float32Array, kind: int, out: Float32Array) -> None:
    """As :func:`activate_in_place`, from ``sums`` (float32, at least as long) to ``out`` (float32)."""
    for i in range(len(out)):
        out[i] = sums[i]
    activate_in_place(out, kind)
