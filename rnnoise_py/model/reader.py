"""Read a model of any format; the content decides, not the name of the file."""

import warnings
from dataclasses import dataclass
from pathlib import Path

from rnnoise_py.errors import InputError, ModelError
from rnnoise_py.model.c_source import looks_like_c, parse_c
from rnnoise_py.model.float_model import FloatModel, FloatWeights, from_int8
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.model.packed import looks_packed, parse_packed
from rnnoise_py.model.quantize import QuantizationReport, quantize
from rnnoise_py.model.shipped import model_path
from rnnoise_py.model.text import MAGIC, parse_text
from rnnoise_py.spec.layout import HDF5_MAGIC

_ZIP_MAGIC = b"PK\x03\x04"
_LARGEST_FILE = 1 << 26  # bytes; a model is about 1 MB
_READABLE = "Keras HDF5 or .keras weights, rnn_data.c, a text model (rnnoise-nu) or a packed model (.rnn)"


@dataclass(frozen=True)
class OpenedModel:
    """A model and how it was found."""

    model: Int8Model
    format: str  #: ``keras-hdf5``, ``keras-archive``, ``rnn_data``, ``text`` or ``packed``
    trained: FloatModel | None = None  #: the float weights, where the file holds floats
    quantization: QuantizationReport | None = None  #: what rounding them did


def open_model(path: str | Path) -> OpenedModel:
    """Read a model file of any format, quantizing floats, and say what it was.

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
        printable = "".join(c if c.isprintable() else "?" for c in text)  # names out of a damaged file
        raise ModelError(printable) from None


def _open(path: Path, content: bytes) -> OpenedModel:
    if _is_hdf5(content):
        from rnnoise_py.model.keras_hdf5 import read_keras_hdf5

        return _quantized(read_keras_hdf5(path), "keras-hdf5", path)
    if content.startswith(_ZIP_MAGIC):
        from rnnoise_py.model.keras_archive import read_keras_archive

        return _quantized(read_keras_archive(path), "keras-archive", path)
    return OpenedModel(*_parse_integers(content, path))


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
    return opened.model


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
    if not path.exists():
        raise InputError(f"model {path} does not exist: give a file that holds {_READABLE}")
    if path.is_dir():
        raise InputError(f"model {path} is a folder: give the file inside it (weights.hdf5, model.rnnn, rnn_data.c)")
    if not path.is_file():
        raise InputError(f"model {path} is a device or a pipe: give a file that holds {_READABLE}")
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ModelError(f"{path} has {path.stat().st_size} bytes, far more than a model: give {_READABLE}")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def _is_hdf5(content: bytes) -> bool:
    place = 0
    while place < len(content):  # the superblock may stand at 0, 512, 1024, 2048 …
        if content.startswith(HDF5_MAGIC, place):
            return True
        place = max(512, 2 * place)
    return False


def _quantized(trained: FloatModel, kind: str, path: Path) -> OpenedModel:
    try:
        model, report = quantize(trained)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    return OpenedModel(model, kind, trained, report)


def _parse_integers(content: bytes, path: Path) -> tuple[Int8Model, str]:
    name = str(path)
    if content.startswith(MAGIC):
        return parse_text(content, name), "text"
    if not content:
        raise ModelError(f"{path} is empty: give {_READABLE}")
    if looks_packed(content):
        return parse_packed(content, name), "packed"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1") if b"\0" not in content else ""
    if looks_like_c(text):
        return parse_c(text, name), "rnn_data"
    raise ModelError(f"{path} is no model ({_glimpse(content)}): give {_READABLE}")


def _glimpse(content: bytes) -> str:
    return f"it begins with {content[:16]!r}"
