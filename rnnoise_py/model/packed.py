"""nnnoiseless's packed model (``model.rnn``): the numbers of the text model as bytes, no title."""

import numpy as np

from rnnoise_py.errors import ModelError
from rnnoise_py.model.int8 import Int8Model, packed_bytes
from rnnoise_py.model.sequence import LARGEST_COUNT, NumberReader, read_model_numbers
from rnnoise_py.model.topology import FORK_16K_FEATURES, Activation
from rnnoise_py.spec.constants import NB_FEATURES

_REMEDY = "export the model again (rnnoise-py export WEIGHTS -o DIR --format packed)"
_LARGEST_SIZE = 127


def looks_packed(content: bytes) -> bool:
    """Whether bytes can be the start of a packed model: 42 inputs (38 in a fork), a sensible activation id."""
    return len(content) > 2 and content[0] in {NB_FEATURES, FORK_16K_FEATURES} and content[2] <= max(Activation)


def parse_packed(content: bytes, name: str) -> Int8Model:
    """Read a packed model; raise :class:`ModelError` on anything that is not one."""
    if len(content) > LARGEST_COUNT:
        raise ModelError(f"{name} has {len(content):,} bytes, more than any packed model: {_REMEDY}")
    return read_model_numbers(NumberReader(np.frombuffer(content, dtype=np.int8).astype(np.int64), name, _REMEDY))


def format_packed(model: Int8Model) -> bytes:
    """Write a packed model; raise :class:`ModelError` when a size does not fit a signed byte."""
    for layer in model.layers:
        if max(layer.inputs, layer.neurons) > _LARGEST_SIZE:
            raise ModelError(
                f"layer {layer.name} has {layer.inputs} inputs and {layer.neurons} neurons; a packed "
                f"model holds sizes up to {_LARGEST_SIZE}: choose another format"
            )
    return packed_bytes(model)
