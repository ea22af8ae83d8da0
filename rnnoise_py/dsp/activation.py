"""The activations of the network: a tabled tanh, the sigmoid made of it, relu.

Source: the contract's network arithmetic. The loops have no branches, so that they run in vector lanes.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.spec.constants import TANSIG_LIMIT, TANSIG_STEP, TANSIG_STEPS_PER_UNIT, WEIGHT_SCALE
from rnnoise_py.spec.tables import TANSIG

TANH: Final = 0  # ids as in C and in text models
SIGMOID: Final = 1
RELU: Final = 2

_TABLE = TANSIG
_LIMIT = np.float32(TANSIG_LIMIT)
_STEPS = np.float32(TANSIG_STEPS_PER_UNIT)
_STEP = TANSIG_STEP
_SCALE = np.float32(1) / np.float32(WEIGHT_SCALE)
_ZERO = np.float32(0)
_HALF = np.float32(0.5)
_ONE = np.float32(1)
_TANH = TANH
_SIGMOID = SIGMOID


@inline_kernel
def tansig(value: Any) -> Any:
    """Tanh of a float32 from the table of 201 entries; ±1 from ±8 on, NaN gives +1."""
    magnitude = -value if value < _ZERO else value
    inside = magnitude < _LIMIT
    x = magnitude if inside else _ZERO
    i = np.uint32(_HALF + _STEPS * x)  # truncation is floor here
    x = x - _STEP * np.float32(i)
    y = _TABLE[i]  # quirk Q-TANSIG
    slope = _ONE - y * y
    y = y + x * slope * (_ONE - y * x)
    y = y if inside else _ONE
    return -y if value < _ZERO else y


@inline_kernel
def sigmoid(value: Any) -> Any:
    """½ + ½·tansig(½·value), float32.

    The contract widens to binary64 in between; halving is exact and a sum of two binary32 numbers rounds the
    same by way of binary64, so the bits do not need it.
    """
    return _HALF + _HALF * tansig(_HALF * value)


@inline_kernel
def relu(value: Any) -> Any:
    """0 for negative values; NaN stays."""
    return _ZERO if value < _ZERO else value


@kernel
def activate_in_place(sums: Any, kind: Any) -> None:
    """Scale sums by 1/256 and apply an activation, in place.

    Parameters
    ----------
    sums
        float32, any length, overwritten.
    kind
        Activation id: 0 tanh, 1 sigmoid, 2 relu.
    """
    n = len(sums)
    if kind == _TANH:
        for i in range(n):
            sums[i] = tansig(sums[i] * _SCALE)
    elif kind == _SIGMOID:
        for i in range(n):
            sums[i] = sigmoid(sums[i] * _SCALE)
    else:
        for i in range(n):
            sums[i] = relu(sums[i] * _SCALE)


@kernel
def activate(sums: Any, kind: Any, out: Any) -> None:
    """As :func:`activate_in_place`, from ``sums`` (float32, at least as long) to ``out`` (float32)."""
    for i in range(len(out)):
        out[i] = sums[i]
    activate_in_place(out, kind)
