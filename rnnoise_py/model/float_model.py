"""Trained weights before quantization: float32 arrays by layer, and the activations if the file has them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.model.topology import KERAS_NAMES, LAYER_NAMES, LAYERS, Activation, LayerSpec, check_chain
from rnnoise_py.spec.constants import MAX_NEURONS, WEIGHT_SCALE

FloatArray = npt.NDArray[np.float32]
FloatWeights = dict[str, dict[str, FloatArray]]


@dataclass(frozen=True)
class FloatModel:
    """Weights of a trained network.

    Parameters
    ----------
    weights
        ``weights[layer][array]``, float32: ``kernel`` (inputs, gates·neurons), ``recurrent_kernel``
        (neurons, 3·neurons; GRUs), ``bias`` (gates·neurons,). 1/256 is one step of the int8 model.
    activations
        Of each layer; those of the training script where the file carried none.
    activations_known
        False when the file carried none.
    """

    weights: FloatWeights
    activations: dict[str, Activation]
    activations_known: bool = True

    @property
    def neurons(self) -> dict[str, int]:
        """Neurons of each layer."""
        return {spec.name: self.weights[spec.name]["bias"].size // spec.gates for spec in LAYERS}


def float_model(
    weights: Mapping[str, Mapping[str, npt.ArrayLike]], activations: Mapping[str, Activation] | None = None
) -> FloatModel:
    """Check names, shapes, values and neighbours of trained weights.

    Raises
    ------
    ModelError
        On missing layers or arrays, doubled GRU biases, wrong shapes, sizes outside 1 … 128, NaN or infinity.
    """
    missing = [name for name in LAYER_NAMES if name not in weights]
    if missing:
        found = ", ".join(sorted(weights)) or "none"
        raise ModelError(
            f"layers {', '.join(missing)} are missing; found: {found}; needed are {', '.join(LAYER_NAMES)}: "
            "train the network of v0.1, with these names"
        )
    checked: FloatWeights = {spec.name: _layer(spec, weights[spec.name]) for spec in LAYERS}
    check_chain(
        {
            spec.name: (checked[spec.name]["kernel"].shape[0], checked[spec.name]["bias"].size // spec.gates)
            for spec in LAYERS
        }
    )
    known = activations is not None
    return FloatModel(
        weights=checked,
        activations={spec.name: (activations or {}).get(spec.name, spec.activation) for spec in LAYERS},
        activations_known=known,
    )


def from_int8(model: Int8Model) -> FloatModel:
    """Return the weights of an int8 model as float32: value/256, exactly."""
    weights: FloatWeights = {}
    for layer in model.layers:
        weights[layer.name] = {
            KERAS_NAMES[name]: values.astype(np.float32) / np.float32(WEIGHT_SCALE)
            for name, values in layer.arrays.items()
        }
    return FloatModel(weights, {layer.name: layer.activation for layer in model.layers})


def _layer(spec: LayerSpec, arrays: Mapping[str, npt.ArrayLike]) -> dict[str, FloatArray]:
    for what in spec.keras_names:
        if what not in arrays:
            raise ModelError(
                f"layer {spec.name} has no {what}; found: {', '.join(sorted(arrays)) or 'nothing'}; needed are "
                f"{', '.join(spec.keras_names)}: train a {spec.kind} layer with a bias"
            )
    kernel, bias = np.asarray(arrays["kernel"]), np.asarray(arrays["bias"])
    if kernel.ndim != 2 or 0 in kernel.shape or kernel.shape[1] % spec.gates:
        raise _shape_error(spec, "kernel", kernel.shape, f"(inputs, {spec.gates}·neurons)")
    inputs, width = kernel.shape
    neurons = width // spec.gates
    if max(inputs, neurons) > MAX_NEURONS:
        raise ModelError(
            f"layer {spec.name} has {inputs} inputs and {neurons} neurons; the C library takes at most "
            f"{MAX_NEURONS} of each: train a smaller layer"
        )
    if spec.is_gru and bias.size == 2 * width:
        raise ModelError(
            f"{spec.name}.bias has shape {bias.shape}: doubled GRU biases come from reset_after=True, "
            f"which the C library cannot compute; needed is ({width},): train with GRU(…, reset_after=False)"
        )
    if bias.shape != (width,):
        raise _shape_error(spec, "bias", bias.shape, f"({width},)")
    result = {"kernel": kernel, "bias": bias}
    if spec.is_gru:
        recurrent = np.asarray(arrays["recurrent_kernel"])
        if recurrent.shape != (neurons, width):
            raise _shape_error(spec, "recurrent_kernel", recurrent.shape, f"({neurons}, {width})")
        result = {"kernel": kernel, "recurrent_kernel": recurrent, "bias": bias}
    return {what: _finite(spec, what, array) for what, array in result.items()}


def _finite(spec: LayerSpec, what: str, array: npt.NDArray[np.generic]) -> FloatArray:
    if array.dtype.kind not in "fiu":
        raise ModelError(f"{spec.name}.{what} holds {array.dtype} values; needed are floats: save the weights again")
    values = np.array(array, dtype=np.float32, order="C")
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise ModelError(
            f"{spec.name}.{what} holds {bad} NaN or infinite weights of {values.size}: the training "
            "diverged, take an earlier checkpoint"
        )
    values.setflags(write=False)
    return values


def _shape_error(spec: LayerSpec, what: str, found: tuple[int, ...], needed: str) -> ModelError:
    return ModelError(
        f"{spec.name}.{what} has shape {found}; needed is {needed} for a {spec.kind} layer: train the network of v0.1"
    )
