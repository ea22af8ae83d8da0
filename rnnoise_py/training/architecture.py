"""The weights of the six layers in one flat vector, and the activations that may be chosen for them.

All weights are kept in one float32 vector, so that the optimizer, checkpoints and gradients are single
arrays; :func:`views` shows it as named matrices in Keras's own shapes. Source: contract/inference §1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model.sizes import STANDARD, layers_of_size
from rnnoise_py.model.topology import LAYERS, SPEC, LayerSpec

FloatArray = npt.NDArray[np.float32]
Weights = dict[str, dict[str, FloatArray]]

#: activations that may be chosen; the two outputs stay sigmoids, the losses need values in 0 … 1
CHOOSABLE: Final = ("input_dense", "vad_gru", "noise_gru", "denoise_gru")
ACTIVATIONS: Final = ("tanh", "relu", "sigmoid")
DEFAULT_ACTIVATIONS: Final = {layer.name: layer.activation.label for layer in LAYERS}


def complete_activations(chosen: Mapping[str, str] | None) -> dict[str, str]:
    """Fill in the defaults; raise :class:`ModelError` for unknown layers or activations."""
    result = dict(DEFAULT_ACTIVATIONS)
    for name, activation in (chosen or {}).items():
        if name not in SPEC:
            raise ModelError(f"no layer {name!r}: choose among {', '.join(SPEC)}")
        if activation not in ACTIVATIONS:
            raise ModelError(f"activation {activation!r} of {name}: choose among {', '.join(ACTIVATIONS)}")
        if name not in CHOOSABLE and activation != "sigmoid":
            raise ModelError(f"{name} must stay a sigmoid: the losses need values between 0 and 1")
        result[name] = activation
    return result


@dataclass(frozen=True)
class Placement:
    """Where one array lies in the flat vector."""

    layer: str
    array: str
    start: int
    shape: tuple[int, ...]

    @property
    def stop(self) -> int:
        """First element after it."""
        return self.start + int(np.prod(self.shape))

    @property
    def part(self) -> slice:
        """Its elements."""
        return slice(self.start, self.stop)


@dataclass(frozen=True)
class Architecture:
    """The layers of a network, and where their arrays lie in the flat vector."""

    layers: tuple[LayerSpec, ...]

    @cached_property
    def placements(self) -> tuple[Placement, ...]:
        """Every array, in order."""
        placements: list[Placement] = []
        start = 0
        for layer in self.layers:
            for name, shape in layer.keras_shapes.items():
                placements.append(Placement(layer.name, name, start, shape))
                start = placements[-1].stop
        return tuple(placements)

    @property
    def parameters(self) -> int:
        """Length of the flat vector: 87,503 in the usual model."""
        return self.placements[-1].stop

    @cached_property
    def penalized(self) -> tuple[Placement, ...]:
        """Arrays that the L2 penalty applies to: kernels and recurrent kernels of the GRUs."""
        return tuple(place for place in self.placements if SPEC[place.layer].is_gru and place.array != "bias")

    @property
    def size(self) -> str:
        """Neurons as ``train --size`` takes them."""
        return ",".join(str(layer.neurons) for layer in self.layers if not layer.neurons_fixed)


@lru_cache
def architecture_of(size: str) -> Architecture:
    """Return the network of a size, see :func:`rnnoise_py.model.sizes.layers_of_size`."""
    return Architecture(layers_of_size(size))


USUAL: Final = architecture_of(STANDARD)
PLACEMENTS: Final = USUAL.placements
PARAMETERS: Final = USUAL.parameters


def views(flat: FloatArray, network: Architecture = USUAL) -> Weights:
    """Show the flat vector as ``{layer: {array: matrix}}``; the matrices share its memory."""
    named: Weights = {layer.name: {} for layer in network.layers}
    for place in network.placements:
        named[place.layer][place.array] = flat[place.part].reshape(place.shape)
    return named


def flatten(weights: Mapping[str, Mapping[str, npt.ArrayLike]], network: Architecture = USUAL) -> FloatArray:
    """Copy named matrices into one vector; raise :class:`ModelError` naming what is missing or misshapen."""
    flat = np.empty(network.parameters, dtype=np.float32)
    for place in network.placements:
        try:
            array = np.asarray(weights[place.layer][place.array], dtype=np.float32)
        except KeyError:
            raise ModelError(f"no {place.array} of layer {place.layer}: not a model of this network") from None
        if array.shape != place.shape:
            raise ModelError(
                f"{place.array} of {place.layer} has shape {array.shape}, needed {place.shape}: "
                "not a model of this network"
            )
        flat[place.part] = array.reshape(-1)
    return flat


def initial_weights(seed: int, network: Architecture = USUAL) -> FloatArray:
    """Glorot-uniform kernels, orthogonal recurrent kernels, zero biases: those of contract/training §2, from a seed.

    Returns
    -------
    FloatArray
        The flat vector, shape (network.parameters,).
    """
    random = np.random.default_rng(seed)
    flat = np.zeros(network.parameters, dtype=np.float32)
    for place in network.placements:
        if place.array == "kernel":
            limit = np.sqrt(6.0 / sum(place.shape))
            flat[place.part] = random.uniform(-limit, limit, np.prod(place.shape)).astype(np.float32)
        elif place.array == "recurrent_kernel":
            rows, columns = place.shape
            basis, triangle = np.linalg.qr(random.standard_normal((columns, rows)))
            basis *= np.sign(np.diag(triangle))  # makes the draw uniform over orthogonal matrices
            flat[place.part] = basis.T.astype(np.float32).reshape(-1)
    return flat
