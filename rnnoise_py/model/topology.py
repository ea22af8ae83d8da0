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
FORK_16K_FEATURES: Final = 38  #: of forks for 16 kHz, which have 18 bands
_FORK_16K_BANDS: Final = 18
#: what is said of GRUs whose weights were trained as Keras does by default
DOUBLED_BIASES: Final = (
    "its GRUs have doubled biases, which come from reset_after=True: the C library cannot compute that, train with "
    "GRU(…, reset_after=False)"
)
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
    widths: tuple[int, ...]  #: how many values each source offers
    neurons: int
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
        """Inputs of the layer."""
        return sum(self.widths)

    @property
    def keras_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the arrays, by Keras's names."""
        shapes = self.shapes(self.inputs, self.neurons)
        return {KERAS_NAMES[name]: shape for name, shape in shapes.items()}

    def shapes(self, inputs: int, neurons: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of a layer of this size, by name, in the order of the text model."""
        columns = self.gates * neurons
        if self.is_gru:
            return {"weights": (inputs, columns), "recurrent_weights": (neurons, columns), "bias": (columns,)}
        return {"weights": (inputs, columns), "bias": (columns,)}


def network(neurons: Mapping[str, int]) -> tuple[LayerSpec, ...]:
    """Describe the six layers of a network, in their order.

    Parameters
    ----------
    neurons
        Of every layer, by name.
    """
    tanh, sigmoid, relu = Activation.TANH, Activation.SIGMOID, Activation.RELU
    features = FEATURES_SOURCE

    def layer(name: str, is_gru: bool, sources: tuple[str, ...], fixed: bool, activation: Activation) -> LayerSpec:
        widths = tuple(NB_FEATURES if source == features else neurons[source] for source in sources)
        return LayerSpec(name, is_gru, sources, widths, neurons[name], fixed, activation)

    return (
        layer("input_dense", False, (features,), False, tanh),
        layer("vad_gru", True, ("input_dense",), False, tanh),
        layer("noise_gru", True, ("input_dense", "vad_gru", features), False, relu),
        layer("denoise_gru", True, ("vad_gru", "noise_gru", features), False, tanh),
        layer("denoise_output", False, ("denoise_gru",), True, sigmoid),
        layer("vad_output", False, ("vad_gru",), True, sigmoid),
    )


#: of the usual model, in the order of the C struct, of the text model and of every format here
LAYERS: Final = network(
    {
        "input_dense": INPUT_DENSE_SIZE,
        "vad_gru": VAD_GRU_SIZE,
        "noise_gru": NOISE_GRU_SIZE,
        "denoise_gru": DENOISE_GRU_SIZE,
        "denoise_output": NB_BANDS,
        "vad_output": 1,
    }
)
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
    if sizes["input_dense"][0] == FORK_16K_FEATURES and neurons["denoise_output"] == _FORK_16K_BANDS:
        raise ModelError(
            f"it is a model for 16 kHz ({FORK_16K_FEATURES} features, {_FORK_16K_BANDS} bands), of a fork of RNNoise: "
            f"needed is one for 48 kHz ({NB_FEATURES} features, {NB_BANDS} bands)"
        )
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
