"""Training through the rounding to int8, so that the weights settle where rounding costs nothing.

The losses and gradients are those of the rounded weights; the step is taken from the unrounded ones (the
straight-through estimator: Bengio et al., "Estimating or propagating gradients through stochastic neurons",
2013).
"""

import numpy as np

from rnnoise_py.spec.constants import WEIGHT_SCALE
from rnnoise_py.training.architecture import FloatArray
from rnnoise_py.training.config import TrainingConfig


def rounded(theta: FloatArray) -> FloatArray:
    """Return the weights, float32 (PARAMETERS,), as the int8 model holds them: whole 256ths from −128 to 127."""
    steps = np.clip(np.rint(theta * np.float32(WEIGHT_SCALE)), -128, 127)
    return np.asarray(steps / np.float32(WEIGHT_SCALE), np.float32)


def seen_weights(config: TrainingConfig, epoch: int, theta: FloatArray) -> FloatArray:
    """Return the weights that the network computes with in an epoch (from 0): as they are, or rounded."""
    return rounded(theta) if epoch >= config.epochs * (1 - config.quantize_share) else theta
