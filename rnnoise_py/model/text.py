"""The rnnoise-nu text model (``model.rnnn``), which ffmpeg's ``arnndn`` filter loads too.

A title on a line of its own, then integers between white space: for each layer inputs, neurons, activation id, weights,
recurrent weights (GRUs), biases. Inputs and neurons may be written with a point and zeros (``24.0``), as scripts of old
did. The C library's loader takes the same texts; ``reference_c/src/model.c`` and this module change together.
"""

import re
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.model.sequence import LARGEST_COUNT, NumberReader, read_model_numbers

Int64 = npt.NDArray[np.int64]

TITLE: Final = "rnnoise-nu model file version 1"
MAGIC: Final = b"rnnoise-nu"
#: what is said of sizes such as 24.0
POINT_NOTE: Final = "sizes have a decimal point (24.0); read as integers: export it again for loaders that refuse them"
LARGEST_TEXT: Final = (1 << 23) - 1  #: bytes, here and in C: far more than the largest model needs

_REMEDY: Final = "export the model again (rnnoise-py export WEIGHTS -o DIR --format text)"
_WORD: Final = re.compile(rb"[^ \t-\r]+")
_NUMBER: Final = re.compile(rb"([+-]?)([0-9]+)(\.0*)?")
_PLAIN_SIGNS: Final = b"0123456789- \t\n\v\f\r"
_ODD: Final = re.compile(rb"[0-9]-|-(?![0-9])|[0-9]{10}")
_MOST_DIGITS: Final = 9  # without zeros before them: more are too large in any place


def parse_text(content: bytes, name: str) -> tuple[Int8Model, tuple[str, ...]]:
    """Read a text model.

    Parameters
    ----------
    content
        The bytes of the file.
    name
        What to call it in errors.

    Returns
    -------
    tuple
        The model, and what was odd about the text.

    Raises
    ------
    ModelError
        On another title, something that is no integer, a file that ends early or goes on too long,
        and whatever is wrong with the model itself.
    """
    title, _, body = content.partition(b"\n")
    if title.rstrip() != TITLE.encode():
        found = title.strip()[:60].decode("utf-8", "replace")
        raise ModelError(f"{name} begins with {found!r}; needed is {TITLE!r} on a line of its own: {_REMEDY}")
    if len(content) > LARGEST_TEXT:
        raise ModelError(f"{name} has {len(content):,} bytes, far more than a text model: {_REMEDY}")
    with_point: list[int] = []
    numbers = _plain_numbers(body)
    if numbers is None:
        numbers, with_point = _any_numbers(body, name)
    if len(numbers) > LARGEST_COUNT:
        raise ModelError(f"{name} holds {len(numbers):,} numbers, more than any model: {_REMEDY}")
    reader = NumberReader(numbers, name, _REMEDY)
    model = read_model_numbers(reader)
    for place in with_point:
        if place not in reader.sizes:
            words = body.split()
            raise _no_integer(words[place], place, name)
    return model, (POINT_NOTE,) if with_point else ()


def _plain_numbers(body: bytes) -> Int64 | None:
    """Read integers as every writer of models writes them; None: there is something else."""
    if body.translate(None, _PLAIN_SIGNS) or _ODD.search(body):
        return None
    words = body.split()
    numbers: Int64 = np.array(words, dtype="S10").astype(np.int64) if words else np.zeros(0, np.int64)
    return numbers


def _any_numbers(body: bytes, name: str) -> tuple[Int64, list[int]]:
    """Read integers as loaders take them, and the places of those with a point."""
    numbers: list[int] = []
    with_point: list[int] = []
    for match in _WORD.finditer(body):
        word = _NUMBER.fullmatch(match[0])
        digits = b"" if word is None else word[2].lstrip(b"0")
        if word is None or len(digits) > _MOST_DIGITS:
            raise _no_integer(match[0], len(numbers), name)
        if word[3] is not None:
            with_point.append(len(numbers))
        numbers.append(int(word[1] + (digits or b"0")))
    return np.array(numbers, dtype=np.int64), with_point


def _no_integer(word: bytes, place: int, name: str) -> ModelError:
    shown = word[:20].decode("utf-8", "replace")
    kind = (
        "the word" if not _is_float(word) else "the decimal number" if not word.strip(b"+-").isdigit() else "the number"
    )
    return ModelError(f"{name} holds {kind} {shown!r} as number {place + 1}; needed are int8 integers: {_REMEDY}")


def format_text(model: Int8Model) -> str:
    """Write a text model: a layer's sizes on a line of their own, then a line for every input's weights."""
    lines = [TITLE]
    for layer in model.layers:
        lines.append(f"{layer.inputs} {layer.neurons} {int(layer.activation)}")
        for array in layer.arrays.values():
            lines.extend(" ".join(map(str, row)) for row in np.atleast_2d(array).tolist())
    return "\n".join(lines) + "\n"


def _is_float(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
