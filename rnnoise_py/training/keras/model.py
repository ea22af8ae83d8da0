"""The network as a Keras model: ``build_model`` and its weights by name."""

from collections.abc import Mapping
from typing import Any, Final

import keras
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.model.topology import FEATURES_SOURCE, LAYERS, LayerSpec
from rnnoise_py.spec.constants import NB_FEATURES
from rnnoise_py.training.architecture import Weights, complete_activations, flatten, views
from rnnoise_py.training.keras.layers import FastGRU
from rnnoise_py.training.keras.losses import LOSSES, WeightClip, msse
from rnnoise_py.training.v01 import GAIN_LOSS_WEIGHT, L2_PENALTY, V0_1, VAD_LOSS_WEIGHT

INPUT_NAME: Final = "main_input"


def _layer(shape: LayerSpec, activation: str, *, fast: bool) -> Any:
    options: dict[str, Any] = {
        "activation": activation,
        "name": shape.name,
        "kernel_constraint": WeightClip(),
        "bias_constraint": WeightClip(),
    }
    if not shape.is_gru:
        return keras.layers.Dense(shape.neurons, **options)
    options |= {
        "recurrent_activation": "sigmoid",
        "reset_after": False,
        "return_sequences": True,
        "kernel_regularizer": keras.regularizers.L2(L2_PENALTY),
        "recurrent_regularizer": keras.regularizers.L2(L2_PENALTY),
        "recurrent_constraint": WeightClip(),
    }
    if fast:
        return FastGRU(shape.neurons, **options)
    return keras.layers.GRU(shape.neurons, **options)


def build_model(
    activations: Mapping[str, str] | None = None,
    *,
    window: int | None = None,
    fast: bool = True,
    layers: tuple[LayerSpec, ...] = LAYERS,
) -> Any:
    """Build the network of contract/training §2.

    Parameters
    ----------
    activations
        Activation by layer name; missing ones as in v0.1's script (tanh, tanh, relu, tanh, sigmoids).
    window
        Rows of a window, or None for any number.
    fast
        :class:`~rnnoise_py.training.keras.layers.FastGRU` layers; False gives stock Keras GRUs.
    layers
        Their sizes.

    Returns
    -------
    keras.Model
        Input ``main_input`` (batch, time, 42); outputs ``denoise_output`` (batch, time, 22) and
        ``vad_output`` (batch, time, 1). Not compiled: see :func:`compile_model`.

    Raises
    ------
    ModelError
        For an unknown layer or activation.
    """
    kinds = complete_activations(activations)
    inputs = keras.Input((window, NB_FEATURES), name=INPUT_NAME)
    tensors = {FEATURES_SOURCE: inputs}
    for shape in layers:
        read = [tensors[source] for source in shape.sources]
        joined = read[0] if len(read) == 1 else keras.layers.Concatenate(name=f"{shape.name}_input")(read)
        layer = _layer(shape, kinds[shape.name], fast=fast)
        tensors[shape.name] = layer(joined)
    return keras.Model(inputs, [tensors["denoise_output"], tensors["vad_output"]], name="rnnoise")


def compile_model(model: Any, *, loss: str = V0_1, learning_rate: float = 1e-3, jit_compile: bool = False) -> None:
    """Compile a model for plain Keras ``fit``: Adam, the losses and weights of contract/training §3, §4."""
    if loss not in LOSSES:
        raise InputError(f"loss {loss!r}: choose among {', '.join(LOSSES)}")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=list(LOSSES[loss]),
        loss_weights=[GAIN_LOSS_WEIGHT, VAD_LOSS_WEIGHT],
        metrics=[[msse], []],
        jit_compile=jit_compile,
    )


def get_weights(model: Any) -> Weights:
    """Weights of a model by layer and array name."""
    named: Weights = {}
    for shape in LAYERS:
        values = model.get_layer(shape.name).get_weights()
        named[shape.name] = dict(zip(shape.keras_names, values, strict=True))
    return named


def set_weights(model: Any, weights: Mapping[str, Mapping[str, npt.ArrayLike]]) -> None:
    """Give a model weights by name; raise :class:`ModelError` when an array is missing or misshapen."""
    checked = views(flatten(weights))
    for shape in LAYERS:
        model.get_layer(shape.name).set_weights([checked[shape.name][name] for name in shape.keras_names])
