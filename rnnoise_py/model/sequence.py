"""A model as one sequence of numbers, as text and packed files have it: sizes, activation id, arrays."""

import math

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model.int8 import Int8Layer, Int8Model
from rnnoise_py.model.topology import GRU_GATES, LAYERS, Activation
from rnnoise_py.spec.constants import MAX_NEURONS

#: numbers of a model whose six layers all have the most inputs and neurons: more are no model
LARGEST_COUNT = len(LAYERS) * (3 + GRU_GATES * MAX_NEURONS * (2 * MAX_NEURONS + 1))


def model_from_numbers(numbers: npt.NDArray[np.int64], name: str, remedy: str) -> Int8Model:
    """Cut a sequence of integers into the six layers.

    Parameters
    ----------
    numbers
        All integers of the file, shape (n,).
    name, remedy
        What the errors call the file, and what they advise.

    Raises
    ------
    ModelError
        When the sequence ends early or goes on too long, and on anything wrong with a layer.
    """
    place = 0

    def take(count: int, what: str) -> npt.NDArray[np.int64]:
        nonlocal place
        if place + count > len(numbers):
            raise ModelError(f"{name} ends after {len(numbers)} numbers, inside {what}: it is truncated, {remedy}")
        place += count
        return numbers[place - count : place]

    layers = []
    try:
        for spec in LAYERS:
            inputs, neurons, activation = (int(v) for v in take(3, f"the sizes of {spec.name}"))
            if not (1 <= inputs <= MAX_NEURONS and 1 <= neurons <= MAX_NEURONS):
                raise ModelError(
                    f"layer {spec.name} has {inputs} inputs and {neurons} neurons; the C library takes "
                    f"1 … {MAX_NEURONS} of each: {remedy}"
                )
            arrays = {
                what: take(math.prod(shape), f"{spec.name}.{what}")
                for what, shape in spec.shapes(inputs, neurons).items()
            }
            kind = Activation.from_id(activation, f"layer {spec.name}")
            layers.append(Int8Layer.build(spec.name, inputs, neurons, kind, **arrays))
        if place != len(numbers):
            raise ModelError(f"{len(numbers) - place} numbers follow the last layer: {remedy}")
        return Int8Model.from_layers(layers)
    except ModelError as error:
        text = str(error)
        raise ModelError(text if text.startswith(name) else f"{name}: {text}") from None
