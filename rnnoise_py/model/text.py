"""The rnnoise-nu text model (``model.rnnn``), which ffmpeg's ``arnndn`` filter loads too.

A title line, then white-space separated integers: for each layer inputs, neurons, activation id, weights,
recurrent weights (GRUs), biases.
"""

import re
from typing import Final

import numpy as np

from rnnoise_py.errors import ModelError
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.model.sequence import LARGEST_COUNT, model_from_numbers

TITLE = "rnnoise-nu model file version 1"
MAGIC = b"rnnoise-nu"
_INTEGER: Final = re.compile(rb"([+-]?)([0-9]+)")
_REMEDY = "export the model again (rnnoise-py export WEIGHTS -o DIR --format text)"


def parse_text(content: bytes, name: str) -> Int8Model:
    """Read a text model.

    Parameters
    ----------
    content
        The bytes of the file.
    name
        What to call it in errors.

    Raises
    ------
    ModelError
        On another title, something that is no integer, a file that ends early or goes on too long,
        and whatever is wrong with the model itself.
    """
    title, _, body = content.partition(b"\n")
    if title.rstrip() != TITLE.encode():
        found = title.strip()[:60].decode("utf-8", "replace")
        raise ModelError(f"{name} begins with {found!r}; needed is {TITLE!r}: {_REMEDY}")
    words = body.split()
    if len(words) > LARGEST_COUNT:
        raise ModelError(f"{name} holds {len(words):,} numbers, more than any model: {_REMEDY}")
    numbers = np.empty(len(words), dtype=np.int64)
    for i, word in enumerate(words):
        try:
            numbers[i] = _integer(word)
        except (ValueError, OverflowError):
            shown = word[:20].decode("utf-8", "replace")
            kind = "the decimal number" if _is_float(word) else "the word"
            raise ModelError(
                f"{name} holds {kind} {shown!r} as number {i + 1}; needed are int8 integers: {_REMEDY}"
            ) from None
    return model_from_numbers(numbers, name, _REMEDY)


def format_text(model: Int8Model) -> str:
    """Write a text model: a layer's sizes on a line of their own, then a line for every input's weights."""
    lines = [TITLE]
    for layer in model.layers:
        lines.append(f"{layer.inputs} {layer.neurons} {int(layer.activation)}")
        for array in layer.arrays.values():
            lines.extend(" ".join(map(str, row)) for row in np.atleast_2d(array).tolist())
    return "\n".join(lines) + "\n"


def _integer(word: bytes) -> int:
    """Return a decimal integer, with any number of zeros before it, as the C library reads it."""
    found = _INTEGER.fullmatch(word)
    if found is None:
        raise ValueError(word)
    return int(found[1] + (found[2].lstrip(b"0") or b"0"))


def _is_float(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
