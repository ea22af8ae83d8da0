"""Losses, metrics and their gradients with respect to the output layers' pre-activations, over lanes.

The formulas are those of contract/training §4; :mod:`rnnoise_py.training.keras.losses` has them as Keras functions,
and a test holds the two together. The gradients are taken through the sigmoid by hand, which leaves no division and no
root of the prediction in a denominator: with s = √p,
``∂(10e² + e)/∂logit = (20e + 1)·(p − √y·s)·(1 − p)`` is finite everywhere;
``∂(p − y)²/∂logit = 2·(p − y)·p·(1 − p)``.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.lanes.jit import training_kernel, training_part
from rnnoise_py.spec.constants import NB_BANDS
from rnnoise_py.training import v01
from rnnoise_py.training.v01 import LossForm

GAIN_SUM, MSSE_SUM, VAD_SUM, VAD_RIGHT, VAD_LABELLED = range(5)  # rows of the sums
SUMS: Final = 5

_EPSILON: Final = np.float32(v01.ENTROPY_EPSILON)
_ENERGY_WEIGHT: Final = np.float32(v01.ENERGY_WEIGHT)
_ENTROPY_WEIGHT: Final = np.float32(v01.ENTROPY_WEIGHT)
_ZERO: Final = np.float32(0)
_ONE: Final = np.float32(1)
_TWO: Final = np.float32(2)
_HALF: Final = np.float32(0.5)
_UPPER: Final = np.float32(1) - _EPSILON
_ONE_PLUS: Final = np.float32(1) + _EPSILON
_MANTISSA_BITS: Final = np.int32(23)
_MANTISSA_MASK: Final = np.int32(0x7FFFFF)
_EXPONENT_BIAS: Final = np.int32(127)
_ONE_BITS: Final = np.int32(0x3F800000)
_SQRT2: Final = np.float32(1.4142135)
_LN2: Final = np.float32(0.6931471805599453)
_L3: Final = np.float32(1 / 3)
_L5: Final = np.float32(1 / 5)
_L7: Final = np.float32(1 / 7)
_L9: Final = np.float32(1 / 9)


def kernel_form(form: LossForm) -> tuple[np.float32, np.float32, np.float32, bool]:
    """Return a form as :func:`gain_loss` takes it."""
    return np.float32(form.roots), np.float32(form.gains), np.float32(form.over), form.corrected


@training_part
def fast_log(x: Any) -> Any:
    """Natural logarithm of a normal positive float32, without branches; relative error below 2e-7."""
    bits = np.float32(x).view(np.int32)
    exponent = np.float32((bits >> _MANTISSA_BITS) - _EXPONENT_BIAS)
    mantissa = np.int32((bits & _MANTISSA_MASK) | _ONE_BITS).view(np.float32)
    exponent = exponent + _ONE if mantissa > _SQRT2 else exponent
    mantissa = mantissa * _HALF if mantissa > _SQRT2 else mantissa
    s = (mantissa - _ONE) / (mantissa + _ONE)
    q = s * s
    series = ((((_L9 * q + _L7) * q + _L5) * q + _L3) * q + _ONE) * s
    return exponent * _LN2 + _TWO * series


@training_part
def _clip(value: Any) -> Any:
    value = _EPSILON if value < _EPSILON else value
    return _UPPER if value > _UPPER else value


@training_kernel
def gain_loss(
    p: Any, y: Any, sums: Any, scales: Any, frames: int, form: tuple[Any, Any, Any, bool], lanes: tuple[int, ...]
) -> None:
    """Gain loss and msse of each lane; the predictions become gradients of their pre-activations.

    Parameters
    ----------
    p
        Predicted gains, flat (frames, NB_BANDS, lanes); overwritten.
    y
        Target gains in the same shape, −1 = masked.
    sums
        float64 (SUMS, lanes): rows GAIN_SUM and MSSE_SUM are added to.
    scales
        float32 (lanes,): factor of the gradients; 0 for lanes that are padding.
    form
        Weights of the errors of roots and of gains, how many times those of gains too large count, float32, and whether
        the cross-entropy is that of the prediction given the target, instead of the other way round as in v0.1
        (:func:`kernel_form`).
    """
    width, (roots, gains, over, corrected) = len(lanes), form
    for row in range(frames * NB_BANDS):
        prediction = p[row * width : (row + 1) * width]
        target = y[row * width : (row + 1) * width]
        for lane in range(width):
            g, q = prediction[lane], target[lane]
            mask = min(q + _ONE, _ONE)
            floor = max(q, _ZERO)
            s, root = np.sqrt(max(g, _ZERO)), np.sqrt(floor)
            e = (s - root) * (s - root)
            miss = g - floor
            weight = gains * over if miss > _ZERO else gains
            rise = roots * ((_TWO * _ENERGY_WEIGHT * e + _ONE) * (g - root * s)) + weight * (_TWO * miss * g)
            if corrected:
                o = _clip(g)
                high, low = fast_log(o + _EPSILON), fast_log(_ONE_PLUS - o)
                entropy = -(floor * high + (_ONE - floor) * low)
                inside = _ONE if o == g else _ZERO
                bend = inside * (g * (_ONE - g)) * ((_ONE - floor) / (_ONE_PLUS - o) - floor / (o + _EPSILON))
            else:
                o = _clip(floor)
                high, low = fast_log(o + _EPSILON), fast_log(_ONE_PLUS - o)
                entropy = -(g * high + (_ONE - g) * low)
                bend = (low - high) * (g * (_ONE - g))
            prediction[lane] = scales[lane] * mask * (rise * (_ONE - g) + _ENTROPY_WEIGHT * bend)
            loss = mask * (roots * (_ENERGY_WEIGHT * e * e + e) + weight * (miss * miss) + _ENTROPY_WEIGHT * entropy)
            sums[GAIN_SUM, lane] += np.float64(loss)
            sums[MSSE_SUM, lane] += np.float64(mask * e)


@training_kernel
def vad_loss(p: Any, y: Any, sums: Any, scales: Any, frames: int, corrected: bool, lanes: tuple[int, ...]) -> None:
    """VAD loss and accuracy of each lane; arguments as in :func:`gain_loss`, one value a frame.

    Frames labelled ½ carry no weight in the loss and are left out of the accuracy.
    """
    width = len(lanes)
    for t in range(frames):
        prediction = p[t * width : (t + 1) * width]
        target = y[t * width : (t + 1) * width]
        for lane in range(width):
            g, q = prediction[lane], target[lane]
            weight = _TWO * abs(q - _HALF)
            if corrected:
                o = _clip(g)
                high, low = fast_log(o + _EPSILON), fast_log(_ONE_PLUS - o)
                entropy = -(q * high + (_ONE - q) * low)
                inside = _ONE if o == g else _ZERO
                bend = inside * (g * (_ONE - g)) * ((_ONE - q) / (_ONE_PLUS - o) - q / (o + _EPSILON))
            else:
                o = _clip(q)
                high, low = fast_log(o + _EPSILON), fast_log(_ONE_PLUS - o)
                entropy = -(g * high + (_ONE - g) * low)
                bend = (low - high) * (g * (_ONE - g))
            prediction[lane] = scales[lane] * weight * bend
            sums[VAD_SUM, lane] += np.float64(weight * entropy)
            labelled = q != _HALF
            sums[VAD_LABELLED, lane] += np.float64(labelled)
            sums[VAD_RIGHT, lane] += np.float64(labelled and ((g > _HALF) == (q > _HALF)))
