"""``FastGRU``: a Keras GRU with hand-written passes through time."""

from typing import Any

import keras
import tensorflow as tf

from rnnoise_py.errors import InputError
from rnnoise_py.training.architecture import ACTIVATIONS
from rnnoise_py.training.keras.tensorflow_recurrence import tensorflow_gru


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
    **options
        As for :class:`keras.layers.GRU`.

    Raises
    ------
    InputError
        For an activation or option that the recurrence does not have.
    """

    def __init__(self, units: int, **options: Any) -> None:
        fixed = {"reset_after": False, "recurrent_activation": "sigmoid", "return_sequences": True, "use_bias": True}
        for name, value in fixed.items():
            given = options.setdefault(name, value)
            given = getattr(given, "__name__", given)
            if given != value:
                raise InputError(f"FastGRU needs {name}={value!r}, not {given!r}: use keras.layers.GRU for that")
        super().__init__(units, **options)
        self.kind = getattr(self.activation, "__name__", str(self.activation))
        if self.kind not in ACTIVATIONS:
            raise InputError(f"FastGRU has no activation {self.kind!r}: choose among {', '.join(ACTIVATIONS)}")

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """States of every frame, (batch, frames, units)."""
        if initial_state is not None or mask is not None:
            raise InputError("FastGRU starts at 0 and takes no mask: use keras.layers.GRU for that")
        cell = self.cell
        return tensorflow_gru(
            sequences,
            tf.convert_to_tensor(cell.kernel),
            tf.convert_to_tensor(cell.recurrent_kernel),
            tf.convert_to_tensor(cell.bias),
            self.kind,
        )
