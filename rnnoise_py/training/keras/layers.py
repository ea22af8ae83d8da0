"""``FastGRU``: a Keras GRU with another engine under the bonnet."""

from typing import Any, Final

import keras
import tensorflow as tf

from rnnoise_py.errors import InputError
from rnnoise_py.training.architecture import ACTIVATIONS
from rnnoise_py.training.keras.numba_recurrence import numba_gru
from rnnoise_py.training.keras.tensorflow_import import gpu_visible
from rnnoise_py.training.keras.tensorflow_recurrence import tensorflow_gru

RECURRENCES: Final = {"numba": numba_gru, "tensorflow": tensorflow_gru}


def default_recurrence() -> str:
    """``"tensorflow"`` where a GPU is visible, else ``"numba"``."""
    return "tensorflow" if gpu_visible() else "numba"


@keras.saving.register_keras_serializable(package="rnnoise_py")  # type: ignore[untyped-decorator,unused-ignore]
class FastGRU(keras.layers.GRU):  # type: ignore[misc,unused-ignore]
    """A :class:`keras.layers.GRU` whose forward and backward passes through time are hand-written.

    Weights, regularizers, constraints, configuration, saving are those of the Keras layer; a model file's
    weights load into either. Only what RNNoise needs is offered: whole sequences out, state 0 at the
    start, ``reset_after=False``, sigmoid gates, one bias vector.

    Parameters
    ----------
    units
        Size of the state.
    recurrence
        ``"numba"`` (CPU), ``"tensorflow"`` (CPU, GPU, XLA), or None: :func:`default_recurrence`.
    **options
        As for :class:`keras.layers.GRU`.

    Raises
    ------
    InputError
        For an activation or option that the recurrences do not have.
    """

    def __init__(self, units: int, *, recurrence: str | None = None, **options: Any) -> None:
        fixed = {"reset_after": False, "recurrent_activation": "sigmoid", "return_sequences": True, "use_bias": True}
        for name, value in fixed.items():
            given = options.setdefault(name, value)
            given = getattr(given, "__name__", given)
            if given != value:
                raise InputError(f"FastGRU needs {name}={value!r}, not {given!r}: use keras.layers.GRU for that")
        super().__init__(units, **options)
        self.recurrence = recurrence or default_recurrence()
        if self.recurrence not in RECURRENCES:
            raise InputError(f"recurrence {self.recurrence!r}: choose among {', '.join(RECURRENCES)}")
        self.kind = getattr(self.activation, "__name__", str(self.activation))
        if self.kind not in ACTIVATIONS:
            raise InputError(f"FastGRU has no activation {self.kind!r}: choose among {', '.join(ACTIVATIONS)}")

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """States of every frame, (batch, frames, units)."""
        if initial_state is not None or mask is not None:
            raise InputError("FastGRU starts at 0 and takes no mask: use keras.layers.GRU for that")
        run = RECURRENCES[self.recurrence]
        cell = self.cell
        return run(
            sequences,
            tf.convert_to_tensor(cell.kernel),
            tf.convert_to_tensor(cell.recurrent_kernel),
            tf.convert_to_tensor(cell.bias),
            self.kind,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the configuration of the Keras layer and the recurrence's name."""
        return {**super().get_config(), "recurrence": self.recurrence}
