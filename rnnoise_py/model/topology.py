"""The six layers of the network: names, kinds, order, sizes, arrays, and whose outputs each one reads (spec: model).

The only description: readers, writers, the C sources and training all take it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from rnnoise_py.errors import ModelError
from rnnoise_py.spec.constants import (
    DENOISE_GRU_SIZE,
    INPUT_DENSE_SIZE,
    NB_BANDS,
    NB_FEATURES,
    NOISE_GRU_SIZE,
    VAD_GRU_SIZE,
)

FEATURES_SOURCE: Final = "features"
GRU_GATES: Final = 3  # update z, reset r, candidate h: the order in every array


class Activation(IntEnum):
    """Activation of a layer; the value is its id in C and in the text model."""

    TANH = 0
    SIGMOID = 1
    RELU = 2

    @property
    def label(self) -> str:
        """Name as Keras spells it: ``tanh``, ``sigmoid``, ``relu``."""
        return self.name.lower()

    @property
    def c_name(self) -> str:
        """Name of the C macro: ``ACTIVATION_TANH`` and so on."""
        return f"ACTIVATION_{self.name}"

    @classmethod
    def from_label(cls, label: str, where: str) -> "Activation":
        """Look an activation up by its Keras name; raise :class:`ModelError` naming ``where``."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ModelError(
                f"{where} has activation {label!r}; the C library knows tanh, sigmoid and relu: train with one of them"
            ) from None

    @classmethod
    def from_id(cls, number: int, where: str) -> "Activation":
        """Look an activation up by its id; raise :class:`ModelError` naming ``where``."""
        try:
            return cls(number)
        except ValueError:
            raise ModelError(
                f"{where} has activation id {number}; needed is 0 (tanh), 1 (sigmoid) or 2 (relu): export it again"
            ) from None


#: an array's name in the C sources → its name in Keras, in the order of the text model
KERAS_NAMES: Final = {"weights": "kernel", "recurrent_weights": "recurrent_kernel", "bias": "bias"}


@dataclass(frozen=True)
class LayerSpec:
    """What is fixed about one layer of the network."""

    name: str
    is_gru: bool
    sources: tuple[str, ...]  #: layers (or ``features``) whose outputs are its inputs, in order
    neurons: int  #: of the usual model
    neurons_fixed: bool  #: True where the denoiser dictates the number (22 gains, 1 VAD)
    activation: Activation  #: of the training script, for files that carry none

    @property
    def gates(self) -> int:
        """Columns of the weights per neuron: 3 for a GRU, 1 for a dense layer."""
        return GRU_GATES if self.is_gru else 1

    @property
    def kind(self) -> str:
        """Keras's class of the layer: ``GRU`` or ``Dense``."""
        return "GRU" if self.is_gru else "Dense"

    @property
    def c_type(self) -> str:
        """The layer's struct in the C sources: ``GRULayer`` or ``DenseLayer``."""
        return f"{self.kind}Layer"

    @property
    def c_pointers(self) -> tuple[str, ...]:
        """Names of the arrays, in the order of the pointers in the struct."""
        return ("bias", "weights", "recurrent_weights") if self.is_gru else ("bias", "weights")

    @property
    def array_names(self) -> tuple[str, ...]:
        """Names of the arrays, in the order of the text model."""
        return tuple(self.shapes(1, 1))

    @property
    def keras_names(self) -> tuple[str, ...]:
        """Keras's names of the arrays, in the same order, which is Keras's own."""
        return tuple(KERAS_NAMES[name] for name in self.array_names)

    @property
    def inputs(self) -> int:
        """Inputs in the usual model."""
        return sum(width(source) for source in self.sources)

    @property
    def keras_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the arrays in the usual model, by Keras's names."""
        shapes = self.shapes(self.inputs, self.neurons)
        return {KERAS_NAMES[name]: shape for name, shape in shapes.items()}

    def shapes(self, inputs: int, neurons: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of a layer of this size, by name, in the order of the text model."""
        columns = self.gates * neurons
        if self.is_gru:
            return {"weights": (inputs, columns), "recurrent_weights": (neurons, columns), "bias": (columns,)}
        return {"weights": (inputs, columns), "bias": (columns,)}


def _specs() -> tuple[LayerSpec, ...]:
    tanh, sigmoid, relu = Activation.TANH, Activation.SIGMOID, Activation.RELU
    return (
        LayerSpec("input_dense", False, (FEATURES_SOURCE,), INPUT_DENSE_SIZE, False, tanh),
        LayerSpec("vad_gru", True, ("input_dense",), VAD_GRU_SIZE, False, tanh),
        LayerSpec("noise_gru", True, ("input_dense", "vad_gru", FEATURES_SOURCE), NOISE_GRU_SIZE, False, relu),
        LayerSpec("denoise_gru", True, ("vad_gru", "noise_gru", FEATURES_SOURCE), DENOISE_GRU_SIZE, False, tanh),
        LayerSpec("denoise_output", False, ("denoise_gru",), NB_BANDS, True, sigmoid),
        LayerSpec("vad_output", False, ("vad_gru",), 1, True, sigmoid),
    )


#: the order of the C struct, of the text model and of every format here
LAYERS: Final = _specs()
LAYER_NAMES: Final = tuple(spec.name for spec in LAYERS)
SPEC: Final = {spec.name: spec for spec in LAYERS}


def width(source: str, neurons: Mapping[str, int] | None = None) -> int:
    """Return how many values a source offers: the features, or a layer's outputs (of the usual model by default)."""
    if source == FEATURES_SOURCE:
        return NB_FEATURES
    return SPEC[source].neurons if neurons is None else neurons[source]


def inputs_needed(spec: LayerSpec, neurons: Mapping[str, int]) -> int:
    """Return the inputs ``spec`` must have when the layers have ``neurons`` outputs each."""
    return sum(width(source, neurons) for source in spec.sources)


def describe_sources(spec: LayerSpec, neurons: Mapping[str, int]) -> str:
    """Spell the sum out, e.g. ``input_dense 24 + vad_gru 24 + features 42``."""
    return " + ".join(f"{source} {width(source, neurons)}" for source in spec.sources)


def check_chain(sizes: Mapping[str, tuple[int, int]]) -> None:
    """Check the six layers against their neighbours.

    Parameters
    ----------
    sizes
        ``(inputs, neurons)`` of every layer by name.

    Raises
    ------
    ModelError
        When a layer's inputs are not the sum of its sources, or the gains are not 22, or the VAD is not 1.
    """
    neurons = {name: size[1] for name, size in sizes.items()}
    for spec in LAYERS:
        inputs, count = sizes[spec.name]
        if spec.neurons_fixed and count != spec.neurons:
            raise ModelError(
                f"layer {spec.name} has {count} neurons; needed are {spec.neurons}: train with the network of v0.1"
            )
        needed = inputs_needed(spec, neurons)
        if inputs != needed:
            raise ModelError(
                f"layer {spec.name} has {inputs} inputs; needed are {needed} "
                f"({describe_sources(spec, neurons)}): the layers do not belong together, export them from one model"
            )
