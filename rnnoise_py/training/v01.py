"""The numbers of the v0.1 training script (contract/training §2–§4), typed once, and the losses to choose among."""

from typing import Final, NamedTuple

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


class LossForm(NamedTuple):
    """A pair of losses: that of the gains is ``roots·(10·e² + e) + gains·w·(p − y)² + 0.01·bce``.

    e = (√p − √y)²; w = ``over`` where p > y, else 1.
    """

    roots: float = 1.0  #: weight of the errors of the gains' square roots
    gains: float = 0.0  #: weight of the errors of the gains themselves
    over: float = 1.0  #: how many times errors of gains that are too large count: noise that is left
    corrected: bool = False  #: cross-entropies, that of the VAD too, have their arguments in their right order


V0_1: Final = "v0.1"
#: ``--loss`` name → form
LOSS_FORMS: Final = {
    V0_1: LossForm(),
    "corrected": LossForm(corrected=True),
    "linear": LossForm(roots=0.0, gains=1.0),
    "quiet": LossForm(roots=0.0, gains=1.0, over=2.0),
}
