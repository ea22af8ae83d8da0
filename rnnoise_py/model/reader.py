"""Read a model of any format; the content decides, not the name of the file."""

import io
import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError, ModelError
from rnnoise_py.model.built_in import looks_built, read_built_in
from rnnoise_py.model.c_source import looks_like_c, parse_c
from rnnoise_py.model.float_model import FloatModel, FloatWeights, from_int8
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.model.other_files import what_else
from rnnoise_py.model.packed import looks_packed, parse_packed
from rnnoise_py.model.quantize import QuantizationReport, quantize
from rnnoise_py.model.shipped import model_path
from rnnoise_py.model.text import LARGEST_TEXT, MAGIC, parse_text
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import note
from rnnoise_py.spec.layout import HDF5_MAGIC

LARGEST_FILE: Final = 1 << 26  #: bytes; a model is about 1 MB, 3 MB with an optimizer's state
_ZIP_MAGIC: Final = b"PK\x03\x04"
_READABLE: Final = (
    "Keras HDF5 or .keras weights, rnn_data.c, a text model (rnnoise-nu), a packed model (.rnn) or a built librnnoise"
)


@dataclass(frozen=True)
class OpenedModel:
    """A model and how it was found."""

    model: Int8Model
    format: str  #: ``keras-hdf5``, ``keras-archive``, ``rnn_data``, ``text``, ``packed`` or ``library``
    trained: FloatModel | None = None  #: the float weights, where the file holds floats
    quantization: QuantizationReport | None = None  #: what rounding them did
    notes: tuple[str, ...] = ()  #: what is odd about the file and does not matter, one line each


def open_model(path: str | Path) -> OpenedModel:
    """Read a model file of any format, quantizing floats, and say what it was; nothing in it is ever run.

    A built librnnoise is a model file too: that of the weights in it. The file is read once and no other is opened,
    but for those that a C source includes from its own folder. Sizes, depths and counts are limited, so that any file
    takes a few seconds and 300 MB at most.

    Raises
    ------
    ModelError
        When it is no model, or one that the C library cannot run; the message is one line.
    InputError
        When the file cannot be read.
    """
    path = model_path(path)
    try:
        return _open(path, _content(path))
    except ModelError as error:
        text = str(error)
        if text.isprintable():
            raise
        shown = "".join(c if c.isprintable() else "?" for c in text)  # names out of a damaged file
        raise ModelError(shown) from None


def _open(path: Path, content: bytes) -> OpenedModel:
    name = printable(path)
    if _is_hdf5(content):
        from rnnoise_py.model.keras_hdf5 import read_keras_stream

        return _quantized(read_keras_stream(io.BytesIO(content), name), "keras-hdf5", name)
    if content.startswith(_ZIP_MAGIC):
        from rnnoise_py.model.keras_archive import read_keras_archive

        return _quantized(read_keras_archive(content, name), "keras-archive", name)
    return _open_integers(content, path)


def read_model(path: str | Path) -> Int8Model:
    """Read a model file of any format as int8; see :func:`open_model` for errors.

    Warns
    -----
    UserWarning
        When float weights had to be clipped.
    """
    opened = open_model(path)
    if opened.quantization is not None and opened.quantization.clipped:
        warnings.warn(
            f"{path}: {opened.quantization.clipped} weights outside ±0.502 were clipped: train with weights "
            "clipped to ±0.499",
            stacklevel=2,
        )
    say_notes(path, opened)
    return opened.model


def say_notes(path: str | Path, opened: OpenedModel) -> None:
    """Say what is odd about a model file that is used."""
    for line in opened.notes:
        note(f"{path}: {line}")


def read_float_weights(path: str | Path) -> FloatWeights:
    """Read the weights of a model of any format as float32, to go on training.

    Returns
    -------
    dict
        ``weights[layer][array]``; arrays ``kernel`` (inputs, gates·neurons), ``recurrent_kernel`` (GRUs),
        ``bias``, as Keras has them (gates z, r, h; ``reset_after=False``). int8 models give value/256.
    """
    return read_float_model(path).weights


def read_float_model(path: str | Path) -> FloatModel:
    """Read weights and activations of a model of any format as float32; see :func:`open_model` for errors."""
    opened = open_model(path)
    return from_int8(opened.model) if opened.trained is None else opened.trained


def _content(path: Path) -> bytes:
    """Read a file of a model's size; what is no regular file is not even opened, for a pipe would never end."""
    name = printable(path)
    if not path.exists():
        raise InputError(f"model {name} does not exist: give a file that holds {_READABLE}")
    if path.is_dir():
        raise InputError(f"model {name} is a folder: give the file inside it (weights.hdf5, model.rnnn, rnn_data.c)")
    try:
        handle = -1 if not path.is_file() else os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        if handle < 0 or not stat.S_ISREG(os.fstat(handle).st_mode):  # exchanged for something else meanwhile
            raise InputError(f"model {name} is a device or a pipe: give a file that holds {_READABLE}")
        with open(handle, "rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"cannot read {name}: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise ModelError(f"{name} has more than {LARGEST_FILE:,} bytes, far more than a model: give {_READABLE}")
    return content


def _is_hdf5(content: bytes) -> bool:
    place = 0
    while place < len(content):  # the superblock may stand at 0, 512, 1024, 2048 …
        if content.startswith(HDF5_MAGIC, place):
            return True
        place = max(512, 2 * place)
    return False


def _quantized(trained: FloatModel, kind: str, name: str) -> OpenedModel:
    try:
        model, report = quantize(trained)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None
    return OpenedModel(model, kind, trained, report)


def _open_integers(content: bytes, path: Path) -> OpenedModel:
    name = printable(path)
    if content.startswith(MAGIC):
        model, notes = parse_text(content, name)
        return OpenedModel(model, "text", notes=notes)
    if not content:
        raise ModelError(f"{name} is empty: give {_READABLE}")
    if looks_packed(content):
        return OpenedModel(parse_packed(content, name), "packed")
    if looks_built(content):
        return OpenedModel(read_built_in(content, name), "library")
    other = what_else(content, name)
    if other is not None:
        raise ModelError(f"{name} is no model: it is {other[0]}; {other[1]}")
    if len(content) <= LARGEST_TEXT:
        text = _text(content)
        if looks_like_c(text):
            model, notes = parse_c(text, name, path)
            return OpenedModel(model, "rnn_data", notes=notes)
    raise ModelError(f"{name} is no model (it begins with {content[:16]!r}): give {_READABLE}")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1") if b"\0" not in content else ""
