"""What a file is that was given as a model and is none: named by its first bytes, with what to do."""

from collections.abc import Callable
from typing import Final

from rnnoise_py.contents import HEAD_BYTES, content_of

_V01: Final = "give a model of RNNoise v0.1 (42 features, six layers)"
_RECORDING: Final = "recordings are denoised, models are given with --model"
_CONVERT: Final = "train with `rnnoise-py train`, or convert the weights to Keras HDF5 with the network of v0.1"

#: place and bytes that begin a kind of file, what it is, and the remedy
_SIGNATURES: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (0, b"DNNw", "a weights blob of RNNoise v0.2, which has another network", _V01),
    (4, b"TFL3", "a TensorFlow Lite model", _CONVERT),
    (0, b"\0asm", "a WebAssembly module", "give the model that it was built from"),
    (0, b"RIFF", "a recording (RIFF)", _RECORDING),
    (0, b"RF64", "a recording (RF64)", _RECORDING),
    (0, b"fLaC", "a recording (FLAC)", _RECORDING),
    (0, b"OggS", "a recording (Ogg)", _RECORDING),
    (0, b"ID3", "a recording (MP3)", _RECORDING),
    (4, b"ftyp", "a recording or film (MP4)", _RECORDING),
)


def _is_pickle(content: bytes) -> bool:
    return content[:1] == b"\x80" and content[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}


def _is_onnx(content: bytes) -> bool:
    return content[:1] == b"\x08" and any(name in content[:64] for name in (b"onnx", b"pytorch", b"tf2onnx", b"keras2"))


def _is_safetensors(content: bytes) -> bool:
    return content[8:10] == b'{"' and int.from_bytes(content[:8], "little") < len(content)


def _is_json(content: bytes) -> bool:
    return content[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b'{"', b"[{"))


def _is_nothing(content: bytes) -> bool:
    return not content.strip(b"\0")


#: what a look at the bytes tells, what it is, and the remedy
_TESTS: Final[tuple[tuple[Callable[[bytes], bool], str, str], ...]] = (
    (_is_pickle, "a Python pickle (PyTorch writes them), which is never opened: it could run code", _CONVERT),
    (_is_onnx, "an ONNX model", _CONVERT),
    (_is_safetensors, "a safetensors file", _CONVERT),
    (_is_json, "JSON, as configurations are", "give the file with the weights"),
    (_is_nothing, "zero bytes alone, of a download or copy that broke", "fetch or copy it again"),
)
PYTORCH: Final = ("a PyTorch file, which is never opened: it could run code", _CONVERT)
NUMPY_ARCHIVE: Final = ("a NumPy archive", _CONVERT)
V02_SOURCE: Final = ("the weights of RNNoise v0.2, which has another network", _V01)
ROWS: Final = ("training rows", "train on them first (rnnoise-py train FILE -o weights.hdf5)")


def what_else(content: bytes, name: str) -> tuple[str, str] | None:
    """Tell what a file is that is no model.

    Parameters
    ----------
    content
        The file's bytes, or its first few hundred.
    name
        Of the file, as it may be printed, for the remedy.

    Returns
    -------
    What it is and what to do, as the ends of sentences; None for an unknown kind.
    """
    for place, signature, what, remedy in _SIGNATURES:
        if content.startswith(signature, place):
            return what, remedy
    found = content_of(content[:HEAD_BYTES], name)
    if found is not None:
        return found.what, found.remedy
    for is_one, what, remedy in _TESTS:
        if is_one(content):
            return what, remedy
    return None
