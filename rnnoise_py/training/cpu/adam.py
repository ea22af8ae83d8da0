"""Adam on one flat vector, with the L2 penalty and the weight limit of contract/training §2, §3."""

import math
from dataclasses import dataclass, field

import numpy as np

from rnnoise_py.training.architecture import USUAL, Architecture, FloatArray
from rnnoise_py.training.v01 import ADAM_EPSILON, BETA_1, BETA_2, L2_PENALTY, WEIGHT_LIMIT


def clip_weights(theta: FloatArray) -> None:
    """Clip every weight to ±0.499 in place."""
    np.clip(theta, -np.float32(WEIGHT_LIMIT), np.float32(WEIGHT_LIMIT), out=theta)


def penalty(theta: FloatArray, network: Architecture = USUAL) -> float:
    """L2 penalty: 1e-6 times the sum of squares of the GRUs' kernels and recurrent kernels."""
    squares = (float(np.square(theta[place.part], dtype=np.float64).sum()) for place in network.penalized)
    return L2_PENALTY * sum(squares)


def add_penalty_gradient(theta: FloatArray, gradient: FloatArray, network: Architecture = USUAL) -> None:
    """Add the gradient of :func:`penalty` in place."""
    for place in network.penalized:
        gradient[place.part] += np.float32(2 * L2_PENALTY) * theta[place.part]


def _zeros() -> FloatArray:
    return np.zeros(USUAL.parameters, dtype=np.float32)


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

    @classmethod
    def fresh(cls, network: Architecture, *, keras2_steps: bool) -> "Adam":
        """Return the state before the first step on a network's weights."""
        mean, square = (np.zeros(network.parameters, dtype=np.float32) for _ in range(2))
        return cls(keras2_steps, 0, mean, square)

    def update(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """One step on ``theta``, in place, then the clipping of every weight to ±0.499."""
        self.steps += 1
        t = self.steps + self.keras2_steps
        self.mean += (gradient - self.mean) * np.float32(1 - BETA_1)
        self.square += (np.square(gradient) - self.square) * np.float32(1 - BETA_2)
        rate = np.float32(learning_rate * math.sqrt(1 - BETA_2**t) / (1 - BETA_1**t))
        theta -= rate * self.mean / (np.sqrt(self.square) + np.float32(ADAM_EPSILON))
        clip_weights(theta)
