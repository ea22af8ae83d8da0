"""The numbers of the v0.1 training script (spec 3), typed once."""

from typing import Final

GAIN_LOSS_WEIGHT: Final = 10.0  # of the gain loss in the total
VAD_LOSS_WEIGHT: Final = 0.5  # of the VAD loss in the total
ENERGY_WEIGHT: Final = 10.0  # of e² in the gain loss
ENTROPY_WEIGHT: Final = 0.01  # of the cross-entropy in the gain loss
ENTROPY_EPSILON: Final = 1e-7  # Keras's
L2_PENALTY: Final = 1e-6  # on kernels and recurrent kernels of the GRUs
WEIGHT_LIMIT: Final = 0.499  # int8 weights are 1/256ths: ±0.499 stays inside after rounding
BETA_1: Final = 0.9  # of Adam
BETA_2: Final = 0.999
ADAM_EPSILON: Final = 1e-7
