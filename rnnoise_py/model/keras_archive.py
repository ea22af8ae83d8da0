"""Reader of Keras 3 ``.keras`` archives: a zip of ``config.json`` and ``model.weights.h5``."""

import io
import struct
import zipfile
from typing import Final

from rnnoise_py.errors import ModelError
from rnnoise_py.model import other_files
from rnnoise_py.model.float_model import FloatModel
from rnnoise_py.model.keras_hdf5 import read_keras_stream

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
#: bytes that a member may unpack to; a usual model has 6 kB and 1 MB, with an optimizer's state 3 MB
_LARGEST: Final = {_CONFIG: 1 << 20, _WEIGHTS: 1 << 25}
_LARGEST_DIRECTORY: Final = 1 << 16  # bytes of the archive's table of contents
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_END, _END_64 = b"PK\5\6", b"PK\6\7"  # signatures of the end of an archive, and of what a large one has before it
_END_SIZE: Final = 22


def read_keras_archive(content: bytes, name: str) -> FloatModel:
    """Read the weights and activations of a ``.keras`` archive.

    Parameters
    ----------
    content
        The whole file.
    name
        What to call it in errors.

    Raises
    ------
    ModelError
        When it is another kind of archive or damaged, and on weights that the C library cannot use.
    """
    _check_directory(content, name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_kind(archive.namelist(), name)
            config, weights = (_member(archive, member, name) for member in (_CONFIG, _WEIGHTS))
    except ModelError:
        raise
    except Exception as error:  # damage shows as BadZipFile, zlib.error, OSError, struct.error and many more
        raise ModelError(f"{name} is a damaged or truncated archive ({error}): copy or save it again") from error
    return read_keras_stream(io.BytesIO(weights), name, config)


def _check_directory(content: bytes, name: str) -> None:
    """Refuse a table of contents that would fill the memory; it is read whole when an archive is opened."""
    end = content.rfind(_END, max(0, len(content) - _END_SIZE - 0xFFFF))
    if end < 0 or end + _END_SIZE > len(content):
        raise ModelError(f"{name} is a damaged or truncated archive: copy or save it again")
    (size,) = struct.unpack_from("<I", content, end + 12)
    if size > _LARGEST_DIRECTORY or content[max(0, end - 20) : end].startswith(_END_64):
        raise ModelError(f"{name} is an archive of far more files than a model: give what Keras's model.save wrote")


def _check_kind(names: list[str], name: str) -> None:
    if _WEIGHTS in names and _CONFIG in names:
        return
    if any(member.endswith("/data.pkl") or member == "data.pkl" for member in names):
        what, remedy = other_files.PYTORCH
        raise ModelError(f"{name} is no model: it is {what}; {remedy}")
    if names and all(member.endswith(".npy") for member in names):
        what, remedy = other_files.NUMPY_ARCHIVE
        raise ModelError(f"{name} is no model: it is {what}; {remedy}")
    shown = ", ".join(sorted(names)[:4])[:100] or "nothing"
    raise ModelError(
        f"{name} is a zip archive of {shown}; needed are {_CONFIG} and {_WEIGHTS}: give what Keras's "
        "model.save('NAME.keras') wrote, or the file inside"
    )


def _member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """Unpack one file, no further than its limit."""
    info, most = archive.getinfo(member), _LARGEST[member]
    if info.compress_type not in _METHODS:
        raise ModelError(f"{name} is packed in an unusual way: save it again with Keras")
    with archive.open(info) as stream:
        content = stream.read(most + 1)
    if len(content) > most or info.file_size > most:
        raise ModelError(f"{name} unpacks to far more than a model: give a model of the v0.1 network")
    return content
