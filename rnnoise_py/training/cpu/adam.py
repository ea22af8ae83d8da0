"""Adam on one flat vector, with the L2 penalty and the weight limit of contract/training §2, §3."""

import math
from dataclasses import dataclass, field

import numpy as np

from rnnoise_py.training.architecture import PARAMETERS, PENALIZED, FloatArray
from rnnoise_py.training.v01 import ADAM_EPSILON, BETA_1, BETA_2, L2_PENALTY, WEIGHT_LIMIT


def clip_weights(theta: FloatArray) -> None:
    """Clip every weight to ±0.499 in place."""
    np.clip(theta, -np.float32(WEIGHT_LIMIT), np.float32(WEIGHT_LIMIT), out=theta)


def penalty(theta: FloatArray) -> float:
    """L2 penalty: 1e-6 times the sum of squares of the GRUs' kernels and recurrent kernels."""
    return L2_PENALTY * sum(float(np.square(theta[place.part], dtype=np.float64).sum()) for place in PENALIZED)


def add_penalty_gradient(theta: FloatArray, gradient: FloatArray) -> None:
    """Add the gradient of :func:`penalty` in place."""
    for place in PENALIZED:
        gradient[place.part] += np.float32(2 * L2_PENALTY) * theta[place.part]


def _zeros() -> FloatArray:
    return np.zeros(PARAMETERS, dtype=np.float32)


@dataclass
class Adam:
    """State of the optimizer.

    Parameters
    ----------
    keras2_steps
        Bias correction with the step counter plus one, as Keras 2.3.1 under TensorFlow 1.15 does.
    """

    keras2_steps: bool = False
    steps: int = 0
    mean: FloatArray = field(default_factory=_zeros)
    square: FloatArray = field(default_factory=_zeros)

    def update(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """One step on ``theta``, in place, then the clipping of every weight to ±0.499."""
        self.steps += 1
        t = self.steps + self.keras2_steps
        self.mean += (gradient - self.mean) * np.float32(1 - BETA_1)
        self.square += (np.square(gradient) - self.square) * np.float32(1 - BETA_2)
        rate = np.float32(learning_rate * math.sqrt(1 - BETA_2**t) / (1 - BETA_1**t))
        theta -= rate * self.mean / (np.sqrt(self.square) + np.float32(ADAM_EPSILON))
        clip_weights(theta)
