"""A model as one sequence of numbers, as text and packed files have it: sizes, activation id, arrays."""

import math

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model.int8 import Int8Layer, Int8Model
from rnnoise_py.model.topology import DOUBLED_BIASES, GRU_GATES, LAYERS, Activation, LayerSpec, check_chain
from rnnoise_py.spec.constants import MAX_NEURONS

#: numbers of a model whose six layers all have the most inputs and neurons: more are no model
LARGEST_COUNT = len(LAYERS) * (3 + GRU_GATES * MAX_NEURONS * (2 * MAX_NEURONS + 1))


class NumberReader:
    """Takes the numbers of a file one group after the other.

    Parameters
    ----------
    numbers
        All integers of the file, shape (n,).
    name, remedy
        What the errors call the file, and what they advise.
    """

    def __init__(self, numbers: npt.NDArray[np.int64], name: str, remedy: str) -> None:
        self.numbers = numbers
        self.name = name
        self.remedy = remedy
        self.place = 0
        self.sizes: set[int] = set()  #: places of inputs and neurons

    def take(self, count: int, what: str) -> npt.NDArray[np.int64]:
        """Return the next ``count`` numbers; :class:`ModelError` where the file ends inside them."""
        start, self.place = self.place, self.place + count
        if self.place > len(self.numbers):
            raise ModelError(
                f"{self.name} ends after {len(self.numbers)} numbers, inside {what}: it is truncated, {self.remedy}"
            )
        return self.numbers[start : self.place]

    def take_sizes(self, spec: LayerSpec) -> tuple[int, int, int]:
        """Return inputs, neurons and activation id of a layer."""
        self.sizes |= {self.place, self.place + 1}
        inputs, neurons, activation = (int(v) for v in self.take(3, f"the sizes of {spec.name}"))
        if not (1 <= inputs <= MAX_NEURONS and 1 <= neurons <= MAX_NEURONS):
            raise ModelError(
                f"layer {spec.name} has {inputs} inputs and {neurons} neurons; the C library takes "
                f"1 … {MAX_NEURONS} of each: {self.remedy}"
            )
        return inputs, neurons, activation


def read_model_numbers(reader: NumberReader) -> Int8Model:
    """Cut all numbers of a file into the six layers.

    Raises
    ------
    ModelError
        When the sequence ends early or goes on too long, and on anything wrong with a layer.
    """
    name = reader.name
    try:
        layers = [_layer(reader, spec) for spec in LAYERS]
        if reader.place != len(reader.numbers):
            raise ModelError(f"{len(reader.numbers) - reader.place} numbers follow the last layer: {reader.remedy}")
        return Int8Model.from_layers(layers)
    except ModelError as error:
        text = DOUBLED_BIASES if _has_doubled_biases(reader) else str(error)
        raise ModelError(text if text.startswith(name) else f"{name}: {text}") from None


def _layer(reader: NumberReader, spec: LayerSpec) -> Int8Layer:
    inputs, neurons, activation = reader.take_sizes(spec)
    arrays = {
        what: reader.take(math.prod(shape), f"{spec.name}.{what}")
        for what, shape in spec.shapes(inputs, neurons).items()
    }
    kind = Activation.from_id(activation, f"layer {spec.name}")
    return Int8Layer.build(spec.name, inputs, neurons, kind, **arrays)


def _has_doubled_biases(reader: NumberReader) -> bool:
    """Whether the numbers are those of a whole model if every GRU has two biases for one."""
    again = NumberReader(reader.numbers, reader.name, reader.remedy)
    sizes = {}
    try:
        for spec in LAYERS:
            inputs, neurons, _ = again.take_sizes(spec)
            counts = {what: math.prod(shape) for what, shape in spec.shapes(inputs, neurons).items()}
            again.take(sum(counts.values()) + (counts["bias"] if spec.is_gru else 0), spec.name)
            sizes[spec.name] = inputs, neurons
        check_chain(sizes)
    except ModelError:
        return False
    return again.place == len(again.numbers)
