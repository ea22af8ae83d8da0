"""The int8 model: six frozen layers that fit together, comparable, with a digest."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model.topology import DOUBLED_BIASES, LAYER_NAMES, LAYERS, SPEC, Activation, LayerSpec, check_chain
from rnnoise_py.spec.constants import MAX_NEURONS

Int8Array = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Int8Layer:
    """One layer; weights and biases are 1/256ths, gates of a GRU in the order z, r, h.

    Parameters
    ----------
    name
        One of the six names of :mod:`rnnoise_py.model.topology`.
    activation
        Of the output (of the candidate, in a GRU); the gates of a GRU are always sigmoid.
    weights
        int8, shape (inputs, gates·neurons), C-contiguous, read-only.
    bias
        int8, shape (gates·neurons,), read-only.
    recurrent_weights
        int8, shape (neurons, 3·neurons) for a GRU; shape (0, 0) for a dense layer.
    """

    name: str
    activation: Activation
    weights: Int8Array
    bias: Int8Array
    recurrent_weights: Int8Array

    @classmethod
    def build(
        cls,
        name: str,
        inputs: int,
        neurons: int,
        activation: Activation,
        weights: npt.ArrayLike,
        bias: npt.ArrayLike,
        recurrent_weights: npt.ArrayLike | None = None,
    ) -> "Int8Layer":
        """Check integers of any shape against ``inputs`` and ``neurons`` and freeze them.

        Raises
        ------
        ModelError
            On an unknown name, sizes outside 1 … 128, wrong counts, values outside int8.
        """
        spec = layer_spec(name)
        for what, size in (("inputs", inputs), ("neurons", neurons)):
            if not 1 <= size <= MAX_NEURONS:
                raise ModelError(
                    f"layer {name} has {size} {what}; the C library takes 1 … {MAX_NEURONS}: train a smaller layer"
                )
        given: dict[str, npt.ArrayLike] = {
            "weights": weights,
            "bias": bias,
            "recurrent_weights": [] if recurrent_weights is None else recurrent_weights,
        }
        shapes = {"recurrent_weights": (0, 0), **spec.shapes(inputs, neurons)}
        arrays = {what: _frozen(values, shapes[what], name, what) for what, values in given.items()}
        return cls(name=name, activation=Activation(activation), **arrays)

    @property
    def is_gru(self) -> bool:
        """Whether the layer is a GRU."""
        return SPEC[self.name].is_gru

    @property
    def inputs(self) -> int:
        """Number of inputs, 1 … 128."""
        return int(self.weights.shape[0])

    @property
    def neurons(self) -> int:
        """Number of outputs, 1 … 128."""
        return int(self.bias.shape[0]) // SPEC[self.name].gates

    @property
    def arrays(self) -> dict[str, Int8Array]:
        """The arrays by name, in the order of the text model."""
        return {what: getattr(self, what) for what in SPEC[self.name].array_names}

    @property
    def weight_count(self) -> int:
        """Number of weights, biases not counted."""
        return int(self.weights.size + self.recurrent_weights.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Int8Layer):
            return NotImplemented
        return (
            self.name == other.name
            and self.activation == other.activation
            and all(np.array_equal(a, other.arrays[key]) for key, a in self.arrays.items())
        )

    def __hash__(self) -> int:
        return hash((self.name, self.activation, *(a.tobytes() for a in self.arrays.values())))


@dataclass(frozen=True)
class Int8Model:
    """The whole network; two models are equal when every size, activation and weight is.

    Layers are attributes (``model.vad_gru``) and, in their fixed order, ``model.layers``.

    Raises
    ------
    ModelError
        When the layers do not chain (42 features in, 22 gains and 1 VAD probability out).
    """

    input_dense: Int8Layer
    vad_gru: Int8Layer
    noise_gru: Int8Layer
    denoise_gru: Int8Layer
    denoise_output: Int8Layer
    vad_output: Int8Layer

    def __post_init__(self) -> None:
        for place in LAYER_NAMES:
            name = getattr(self, place).name
            if name != place:
                raise ModelError(f"layer {name} stands where {place} belongs: give the layers by name")
        check_chain({layer.name: (layer.inputs, layer.neurons) for layer in self.layers})

    @classmethod
    def from_layers(cls, layers: Iterable[Int8Layer]) -> "Int8Model":
        """Make a model of six layers in any order."""
        by_name = {layer.name: layer for layer in layers}
        missing = [name for name in LAYER_NAMES if name not in by_name]
        if missing:
            raise ModelError(f"layers {', '.join(missing)} are missing; needed are {', '.join(LAYER_NAMES)}")
        return cls(**by_name)

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, npt.ArrayLike],
        activations: Mapping[str, str],
        *,
        prefix: str = "",
        separator: str = "__",
    ) -> "Int8Model":
        """Make a model from flat arrays ``<prefix><layer><separator>weights`` and so on.

        Parameters
        ----------
        arrays
            Integers in any shape, e.g. an opened ``.npz``; sizes are inferred from the biases.
        activations
            Keras names by layer, e.g. ``{"input_dense": "tanh", …}``.

        Raises
        ------
        ModelError
            When an array or an activation is missing or does not fit.
        """
        kinds = [f"{spec.name}{separator}{what}" for spec in LAYERS for what in spec.array_names]
        missing = [kind for kind in kinds if prefix + kind not in arrays]
        missing += [f"activation of {name}" for name in LAYER_NAMES if name not in activations]
        if missing:
            raise ModelError(f"{', '.join(missing)} missing: give every array of the six layers")
        layers = []
        for spec in LAYERS:
            stem = f"{prefix}{spec.name}{separator}"
            bias = np.asarray(arrays[stem + "bias"]).ravel()
            weights = np.asarray(arrays[stem + "weights"]).ravel()
            neurons = bias.size // spec.gates
            layers.append(
                Int8Layer.build(
                    spec.name,
                    weights.size // max(1, bias.size),
                    neurons,
                    Activation.from_label(activations[spec.name], f"layer {spec.name}"),
                    weights,
                    bias,
                    np.asarray(arrays[stem + "recurrent_weights"]) if spec.is_gru else None,
                )
            )
        return cls.from_layers(layers)

    @property
    def layers(self) -> tuple[Int8Layer, ...]:
        """The six layers, in the order of the C struct and the text model."""
        return tuple(getattr(self, name) for name in LAYER_NAMES)

    def __iter__(self) -> Iterator[Int8Layer]:
        return iter(self.layers)

    @property
    def weight_count(self) -> int:
        """Number of weights: 86,952 in the usual model."""
        return sum(layer.weight_count for layer in self.layers)

    @property
    def bias_count(self) -> int:
        """Number of biases: 551 in the usual model."""
        return sum(int(layer.bias.size) for layer in self.layers)

    @property
    def parameter_count(self) -> int:
        """Weights and biases: 87,503 in the usual model."""
        return self.weight_count + self.bias_count

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of sizes, activation ids and arrays as bytes: that of the file ``model.rnn``."""
        return hashlib.sha256(packed_bytes(self)).hexdigest()

    def summary(self) -> dict[str, Any]:
        """Sizes, activations, counts and digest, for JSON."""
        return {
            "layers": {
                layer.name: {
                    "kind": SPEC[layer.name].kind.lower(),
                    "inputs": layer.inputs,
                    "neurons": layer.neurons,
                    "activation": layer.activation.label,
                    "weights": layer.weight_count,
                    "biases": int(layer.bias.size),
                }
                for layer in self.layers
            },
            "weights": self.weight_count,
            "biases": self.bias_count,
            "parameters": self.parameter_count,
            "digest": self.digest,
        }


def packed_bytes(model: Int8Model) -> bytes:
    """All numbers of a model, one byte each, in the order of the text model."""
    parts = []
    for layer in model.layers:
        parts.append(bytes((layer.inputs, layer.neurons, layer.activation)))
        parts.extend(array.tobytes() for array in layer.arrays.values())
    return b"".join(parts)


def layer_spec(name: str) -> LayerSpec:
    """Look a layer up by name; raise :class:`ModelError` when there is none such."""
    try:
        return SPEC[name]
    except KeyError:
        raise ModelError(f"there is no layer {name!r}; the layers are {', '.join(LAYER_NAMES)}") from None


def _frozen(values: npt.ArrayLike, shape: tuple[int, ...], layer: str, what: str) -> Int8Array:
    array = np.asarray(values)
    needed = int(np.prod(shape))
    if what == "bias" and SPEC[layer].is_gru and array.size == 2 * needed:
        raise ModelError(f"{layer}.bias has {array.size} values, needed are {needed}: {DOUBLED_BIASES}")
    if array.size != needed:
        raise ModelError(
            f"{layer}.{what} has {array.size} values; needed are {needed} ({' × '.join(map(str, shape))}): "
            "the arrays do not belong together, export them from one model"
        )
    if array.size and array.dtype != np.int8:
        if array.dtype.kind not in "iu":
            raise ModelError(f"{layer}.{what} holds {array.dtype} values; needed are int8: quantize the weights first")
        low, high = int(array.min()), int(array.max())
        if low < -128 or high > 127:
            worst = low if low < -128 else high
            raise ModelError(f"{layer}.{what} holds {worst}; int8 weights are −128 … 127: quantize the weights first")
    frozen = np.array(array, dtype=np.int8, order="C").reshape(shape)
    frozen.setflags(write=False)
    return frozen
