"""The model inside a built librnnoise: its weights are found in the file's bytes, which are never run.

A v0.1 library holds a ``struct RNNModel``: for each of the six layers its number of neurons and a pointer to it; each
layer has pointers to its arrays, then inputs, neurons and activation. That shape is looked for in the memory that the
file describes, so that it does not matter whether the library was stripped, nor for which processor it was built.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from rnnoise_py.errors import ModelError
from rnnoise_py.model import elf, other_images
from rnnoise_py.model.image import Image, ImageError
from rnnoise_py.model.int8 import Int8Layer, Int8Model
from rnnoise_py.model.topology import LAYERS, Activation, LayerSpec
from rnnoise_py.spec.constants import MAX_NEURONS

_MAGICS: Final = (
    elf.MAGIC,
    elf.ARCHIVE_MAGIC,
    other_images.PE_MAGIC,
    *other_images.MACH_MAGICS,
    other_images.FAT_MAGIC,
)
_V02_NAMES: Final = (b"gru1_input", b"conv1_weights", b"dense_out_weights")  # layers of the v0.2 line
_INT: Final = 4  # bytes of C's int
_LARGEST: Final = 1 << 25  # bytes
_MOST_CANDIDATES: Final = 1000
_REMEDY: Final = "give the library's own rnn_data.c or model file"


def looks_built(content: bytes) -> bool:
    """Whether a file begins as libraries do: of Linux, Windows or macOS, shared or static."""
    return content.startswith(_MAGICS)


def read_built_in(content: bytes, name: str) -> Int8Model:
    """Find the model in the bytes of a library.

    Parameters
    ----------
    content
        The whole file.
    name
        What to call it in errors.

    Raises
    ------
    ModelError
        When there is no such model in it, or there are several different ones.
    """
    if len(content) > _LARGEST:
        raise ModelError(f"{name} has more than {_LARGEST:,} bytes, far more than a librnnoise: {_REMEDY}")
    try:
        found = {model.digest: model for image in _images(content) for model in _models(image)}
    except ImageError as error:
        raise ModelError(f"{name} {error}") from None
    if len(found) > 1:
        digests = ", ".join(digest[:16] for digest in sorted(found)[:4])
        raise ModelError(f"{name} is a library with {len(found)} models in it ({digests}): {_REMEDY}")
    for model in found.values():
        return model
    if any(layer in content for layer in _V02_NAMES):
        raise ModelError(f"{name} is a librnnoise of the v0.2 line, which has another network: give one of v0.1")
    raise ModelError(f"{name} is a library in which no model of RNNoise v0.1 was found: {_REMEDY}")


def _images(content: bytes) -> Iterable[Image]:
    if content.startswith(elf.ARCHIVE_MAGIC):
        return elf.archive_images(content)
    if content.startswith(elf.MAGIC):
        return [elf.shared_image(content)]
    if content.startswith(other_images.PE_MAGIC):
        return [other_images.pe_image(content)]
    return other_images.mach_images(content)


def _models(image: Image) -> Iterator[Int8Model]:
    """Yield each model whose struct lies in the image."""
    stride = 2 * image.word  # of the struct's pairs: a number, room up to a word, a pointer
    ints = stride // _INT
    fixed = {i: spec.neurons for i, spec in enumerate(LAYERS) if spec.neurons_fixed}
    seen = 0
    for start, content in image.parts:
        skipped = -start % _INT
        whole = memoryview(content)[skipped:]
        numbers = np.frombuffer(whole[: len(whole) // _INT * _INT], image.numbers(_INT, signed=True))
        count = len(numbers) - (len(LAYERS) - 1) * ints
        if count <= 0:
            continue
        possible = np.ones(count, bool)
        for i in range(len(LAYERS)):
            column = numbers[i * ints : i * ints + count]
            possible &= column == fixed[i] if i in fixed else (column >= 1) & (column <= MAX_NEURONS)
        for place in np.flatnonzero(possible):
            seen += 1
            if seen > _MOST_CANDIDATES:
                return
            model = _model(image, start + skipped + int(place) * _INT)
            if model is not None:
                yield model


def _model(image: Image, address: int) -> Int8Model | None:
    """Read a ``struct RNNModel``; None where the bytes are something else."""
    content = image.read(address, 2 * image.word * len(LAYERS))
    if content is None:
        return None
    layers = []
    for i, spec in enumerate(LAYERS):
        at = 2 * image.word * i
        neurons = image.integer(content[at : at + _INT])
        pointer = image.pointer(content[at + image.word : at + 2 * image.word])
        layer = _layer(image, spec, pointer)
        if layer is None or layer.neurons != neurons:
            return None
        layers.append(layer)
    try:
        return Int8Model.from_layers(layers)
    except ModelError:
        return None


def _layer(image: Image, spec: LayerSpec, address: int) -> Int8Layer | None:
    names = spec.c_pointers
    content = image.read(address, len(names) * image.word + 3 * _INT)
    if content is None:
        return None
    pointers = [image.pointer(content[i * image.word : (i + 1) * image.word]) for i in range(len(names))]
    sizes = len(names) * image.word
    inputs, neurons, activation = (image.integer(content[sizes + _INT * i : sizes + _INT * (i + 1)]) for i in range(3))
    if not (1 <= inputs <= MAX_NEURONS and 1 <= neurons <= MAX_NEURONS and activation <= max(Activation)):
        return None
    arrays = {}
    for what, pointer in zip(names, pointers, strict=True):
        values = image.read(pointer, int(np.prod(spec.shapes(inputs, neurons)[what])))
        if values is None:
            return None
        arrays[what] = np.frombuffer(values, np.int8)
    return Int8Layer.build(spec.name, inputs, neurons, Activation(activation), **arrays)
