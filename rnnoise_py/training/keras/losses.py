"""Losses, their variants, mask, metrics and the weight constraint of the v0.1 training script, as Keras objects.

Source: contract/training §4, §5. All functions take ``(y_true, y_pred)`` as Keras does. They never give NaN, in value
or in gradient: targets of −1 are clamped before the root and selected away with ``where``, and the root of the
prediction is floored. Where the script of v0.1 is finite those of its name agree with it to 2e-7.
"""

from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
from keras import ops

from rnnoise_py.training.v01 import (
    ENERGY_WEIGHT,
    ENTROPY_EPSILON,
    ENTROPY_WEIGHT,
    LOSS_FORMS,
    V0_1,
    WEIGHT_LIMIT,
    LossForm,
)

Loss = Callable[[Any, Any], Any]

ROOT_FLOOR: Final = 1e-20  # of predictions under the root: its slope stays finite


def mask(y_true: Any) -> Any:
    """``min(y + 1, 1)``: 1 for real targets, 0 for −1 ("do not train on this band")."""
    return ops.minimum(y_true + 1.0, 1.0)


def _cross_entropy(target: Any, prediction: Any) -> Any:
    """Keras 2's binary cross-entropy, its clipping and the order of its sums included."""
    upper = float(np.float32(1) - np.float32(ENTROPY_EPSILON))
    one_plus = float(np.float32(1) + np.float32(ENTROPY_EPSILON))
    clipped = ops.clip(prediction, ENTROPY_EPSILON, upper)
    return -(target * ops.log(clipped + ENTROPY_EPSILON) + (1.0 - target) * ops.log(one_plus - clipped))


def swapped_cross_entropy(y_true: Any, y_pred: Any) -> Any:
    """Cross-entropy with its arguments exchanged, as v0.1 calls it: linear in the prediction.

    At y = 0, p = 1 it is 15.4249; at y = 1, p = 0 it is 15.2492.
    """
    return _cross_entropy(y_pred, y_true)


def corrected_cross_entropy(y_true: Any, y_pred: Any) -> Any:
    """Cross-entropy of the prediction given the target: what the script of v0.1 meant."""
    return _cross_entropy(y_true, y_pred)


def _root_error(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
    """Mask, clamped target and squared error of roots (0 where masked)."""
    weight = mask(y_true)
    target = ops.maximum(y_true, 0.0)
    error = ops.square(ops.sqrt(ops.maximum(y_pred, ROOT_FLOOR)) - ops.sqrt(target))
    return weight, target, ops.where(weight > 0, error, ops.zeros_like(error))


def msse(y_true: Any, y_pred: Any) -> Any:
    """Metric: masked mean squared error of square roots, ``mean(mask·(√p − √y)²)`` over the bands."""
    weight, _, error = _root_error(y_true, y_pred)
    return ops.mean(weight * error, axis=-1)


def _gain_loss(form: LossForm) -> Loss:
    """Loss of the band gains: ``mean(mask·(roots·(10·e² + e) + gains·w·(p − y)² + 0.01·bce))``, see ``LossForm``."""
    entropy = corrected_cross_entropy if form.corrected else swapped_cross_entropy

    def gain_loss(y_true: Any, y_pred: Any) -> Any:
        weight, target, error = _root_error(y_true, y_pred)
        value = form.roots * (ENERGY_WEIGHT * ops.square(error) + error) + ENTROPY_WEIGHT * entropy(target, y_pred)
        if form.gains:
            weight_of_miss = ops.where(y_pred > target, form.gains * form.over, form.gains)
            value += weight_of_miss * ops.square(y_pred - target)
        return ops.mean(weight * value, axis=-1)

    gain_loss.__doc__ = _gain_loss.__doc__
    return gain_loss


def _vad_loss(form: LossForm) -> Loss:
    """Loss of the VAD: ``mean(2·|y − ½|·bce)``; frames labelled ½ carry no weight."""
    entropy = corrected_cross_entropy if form.corrected else swapped_cross_entropy

    def vad_loss(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(2.0 * ops.abs(y_true - 0.5) * entropy(y_true, y_pred), axis=-1)

    vad_loss.__doc__ = _vad_loss.__doc__
    return vad_loss


#: ``--loss`` name → (gain loss, VAD loss)
LOSSES: Final = {name: (_gain_loss(form), _vad_loss(form)) for name, form in LOSS_FORMS.items()}
gain_loss, vad_loss = LOSSES[V0_1]


class WeightClip(keras.constraints.Constraint):  # type: ignore[misc,unused-ignore]
    """Clip every weight to ±``c`` after each step, so that it fits an int8 of 1/256ths.

    Parameters
    ----------
    c
        Limit, 0.499 by default.
    name
        Ignored; files written by Keras 2 pass it.
    """

    def __init__(self, c: float = WEIGHT_LIMIT, name: str | None = None) -> None:
        self.c = c
        self.name = name or "WeightClip"

    def __call__(self, w: Any) -> Any:
        """Clip one weight."""
        return ops.clip(w, -self.c, self.c)

    def get_config(self) -> dict[str, Any]:
        """Return what Keras writes into a model file."""
        return {"name": self.name, "c": self.c}
