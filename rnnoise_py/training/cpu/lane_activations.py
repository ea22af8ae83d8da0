"""tanh, sigmoid, ReLU and their slopes over runs of lanes.

``exp`` is a Taylor polynomial after range reduction, in float32, without branches: LLVM vectorizes it
(the C library's cannot be). Largest error found over the whole range: exp 2 units in the last place,
tanh and sigmoid 1.5e-7 absolute. Values smaller than ``FLUSH`` become 0: subnormal numbers cost a
hundred cycles each and would appear wherever a ReLU state decays.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.lanes.jit import training_kernel, training_part

TANH: Final[Any] = np.int64(
    0
)  # the ids of text models and C sources; no bare ints, which numba compiles for one by one
SIGMOID: Final[Any] = np.int64(1)
RELU: Final[Any] = np.int64(2)
ACTIVATION_IDS: Final = {"tanh": TANH, "sigmoid": SIGMOID, "relu": RELU}

FLUSH: Final = np.float32(1e-30)

_ZERO: Final = np.float32(0)
_ONE: Final = np.float32(1)
_HALF: Final = np.float32(0.5)
_TWO: Final = np.float32(2)
_LIMIT: Final = np.float32(87)  # exp(±87) is still normal
_LOG2_E: Final = np.float32(1.4426950408889634)
_LN2_HIGH: Final = np.float32(0.693359375)  # nine bits: its products with the exponent are exact
_LN2_LOW: Final = np.float32(0.6931471805599453 - 0.693359375)
_EXPONENT_BIAS: Final = np.int32(127)
_MANTISSA_BITS: Final = np.int32(23)
_C2: Final = np.float32(1 / 2)
_C3: Final = np.float32(1 / 6)
_C4: Final = np.float32(1 / 24)
_C5: Final = np.float32(1 / 120)
_C6: Final = np.float32(1 / 720)
_C7: Final = np.float32(1 / 5040)


@training_part
def fast_exp(x: Any) -> Any:
    """``exp(x)`` in float32 for |x| ≤ 87 (clamped outside); NaN stays NaN."""
    x = -_LIMIT if x < -_LIMIT else x
    x = _LIMIT if x > _LIMIT else x
    turns = np.floor(x * _LOG2_E + _HALF)
    r = x - turns * _LN2_HIGH
    r = r - turns * _LN2_LOW
    p = _C7
    p = p * r + _C6
    p = p * r + _C5
    p = p * r + _C4
    p = p * r + _C3
    p = p * r + _C2
    p = p * r + _ONE
    p = p * r + _ONE
    bits = np.int32((np.int32(turns) + _EXPONENT_BIAS) << _MANTISSA_BITS)
    return p * bits.view(np.float32)


@training_part
def fast_sigmoid(x: Any) -> Any:
    """``1/(1 + exp(−x))``."""
    return _ONE / (_ONE + fast_exp(-x))


@training_part
def fast_tanh(x: Any) -> Any:
    """``tanh(x)`` as ``2/(1 + exp(−2x)) − 1``."""
    return _TWO / (_ONE + fast_exp(-(x + x))) - _ONE


@training_kernel
def activate(values: Any, kind: int) -> None:
    """Apply an activation in place.

    Loops run from 0 over a slice: with an offset in the index numba must think of negative indices, and
    LLVM does not vectorize (a factor of five).
    """
    if kind == TANH:
        for i in range(len(values)):
            values[i] = fast_tanh(values[i])
    elif kind == SIGMOID:
        for i in range(len(values)):
            values[i] = fast_sigmoid(values[i])
    else:
        for i in range(len(values)):
            values[i] = _ZERO if values[i] < _ZERO else values[i]


@training_part
def slope(y: Any, kind: int) -> Any:
    """Return the derivative of an activation from its *output* ``y`` (at the kink of ReLU: 0)."""
    if kind == TANH:
        return _ONE - y * y
    if kind == SIGMOID:
        return y * (_ONE - y)
    return _ONE if y > _ZERO else _ZERO
