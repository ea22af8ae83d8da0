"""Find and load a librnnoise: which file, which symbols, which line."""

import ctypes
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from rnnoise_py.denoiser.trial import check_library, is_binary
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.built import is_ours
from rnnoise_py.spec.constants import FRAME_SIZE

ENVIRONMENT: Final = "RNNOISE_LIBRARY"
#: names looked for beside the model, the first that is there wins
LIBRARY_NAMES: Final = (
    "librnnoise.so.0.4.1",
    "librnnoise.so.0",
    "librnnoise.so",
    "librnnoise.0.dylib",
    "librnnoise.dylib",
    "rnnoise.dll",
)
_NEEDED: Final = ("rnnoise_create", "rnnoise_destroy", "rnnoise_process_frame")
_LARGEST: Final = 1 << 28  # bytes; v0.1 libraries have some hundred thousand, v0.2 ones millions
_V02_NAMES: Final = (b"gru1_input", b"conv1_weights", b"dense_out_weights")  # layers of the v0.2 line


def named_library(library: str | Path | None) -> Path | None:
    """Return the library that the user names: the argument, else ``RNNOISE_LIBRARY``; None when neither is given.

    A librnnoise of the system is never taken by itself: it has other weights.

    Raises
    ------
    InputError
        When what is named is a folder, or not there.
    """
    for given, origin in ((library, "library"), (os.environ.get(ENVIRONMENT) or None, ENVIRONMENT)):
        if given is not None:
            path = Path(given)
            if path.is_dir():
                raise InputError(f"{origin} {printable(path)} is a folder: give the librnnoise in it, by its name")
            if not path.is_file():
                raise InputError(f"{origin} {printable(path)} does not exist: give the path of a librnnoise")
            return path
    return None


def beside(model_path: Path | None) -> Path | None:
    """Return the library beside a model file that this user built with ``rnnoise-py build``, if there is one.

    Others are not touched: a model file is data, and a folder that it came in may hold anything.
    """
    return next((path for path in searched_beside(model_path) if path.is_file() and is_ours(path)), None)


def searched_beside(model_path: Path | None) -> list[Path]:
    """List the places where a library of a model file is looked for: beside it, and where ``build`` makes it."""
    if model_path is None:
        return []
    return [folder / name for folder in (model_path.parent, model_path.parent / "build") for name in LIBRARY_NAMES]


def is_library(path: Path) -> bool:
    """Whether a file begins as shared libraries do; False when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return is_binary(stream.read(8))
    except OSError:
        return False


def _check_line(path: Path) -> None:
    """Refuse a librnnoise of the v0.2 line, and files that are far too long to be a library."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= _LARGEST else b""
    except OSError as error:
        raise InputError(f"cannot read library {printable(path)}: {error.strerror}") from error
    if size > _LARGEST:
        raise InputError(f"{printable(path)} has {size} bytes, far more than a librnnoise: is it one?")
    if any(layer in content for layer in _V02_NAMES):
        raise InputError(
            f"{printable(path)} is a librnnoise of the v0.2 line, which has another network: give one of the v0.1 line"
        )


class Library:
    """A loaded librnnoise of the v0.1 line.

    Raises
    ------
    InputError
        When the file is no library, cannot be loaded (see :func:`~rnnoise_py.denoiser.trial.check_library`), is of
        the v0.2 line, or lacks a symbol.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        name = printable(path)
        _check_line(path)
        if not is_ours(path):
            check_library(path)
        try:
            self._dll: Any = ctypes.CDLL(str(path.resolve()))
        except OSError as error:
            raise InputError(f"{name} cannot be loaded: {error}") from error
        missing = [symbol for symbol in _NEEDED if not hasattr(self._dll, symbol)]
        if missing:
            raise InputError(f"{name} lacks {', '.join(missing)}: is it a librnnoise?")
        self._declare()
        if hasattr(self._dll, "rnnoise_get_frame_size"):
            size = self._dll.rnnoise_get_frame_size()
            if size != FRAME_SIZE:
                raise InputError(f"{name} has frames of {size} samples; needed are {FRAME_SIZE}")

    def _declare(self) -> None:
        pointer, dll = ctypes.c_void_p, self._dll
        dll.rnnoise_create.argtypes, dll.rnnoise_create.restype = [pointer], pointer
        dll.rnnoise_destroy.argtypes, dll.rnnoise_destroy.restype = [pointer], None
        dll.rnnoise_process_frame.argtypes = [pointer, pointer, pointer]
        dll.rnnoise_process_frame.restype = ctypes.c_float
        if hasattr(dll, "rnnoise_process_frames"):
            dll.rnnoise_process_frames.argtypes = [pointer, pointer, pointer, pointer, ctypes.c_int]
            dll.rnnoise_process_frames.restype = None
        if hasattr(dll, "rnnoise_process_streams"):
            dll.rnnoise_process_streams.argtypes = [pointer, pointer, pointer, pointer, ctypes.c_int, ctypes.c_int]
            dll.rnnoise_process_streams.restype = None
        if hasattr(dll, "rnnoise_model_from_buffer"):
            dll.rnnoise_model_from_buffer.argtypes = [ctypes.c_char_p, ctypes.c_int]
            dll.rnnoise_model_from_buffer.restype = pointer
        if hasattr(dll, "rnnoise_model_from_filename"):
            dll.rnnoise_model_from_filename.argtypes = [ctypes.c_char_p]
            dll.rnnoise_model_from_filename.restype = pointer
        if hasattr(dll, "rnnoise_model_from_file"):
            dll.rnnoise_model_from_file.argtypes, dll.rnnoise_model_from_file.restype = [pointer], pointer
        if hasattr(dll, "rnnoise_model_free"):
            dll.rnnoise_model_free.argtypes, dll.rnnoise_model_free.restype = [pointer], None

    @property
    def functions(self) -> Any:
        """The ctypes handle, argument types declared."""
        return self._dll

    @property
    def has_blocks(self) -> bool:
        """Whether many frames can be processed by one call."""
        return hasattr(self._dll, "rnnoise_process_frames")

    @property
    def has_streams(self) -> bool:
        """Whether many states can be processed by one call, which takes less time than one after another."""
        return hasattr(self._dll, "rnnoise_process_streams")

    @property
    def loads_models(self) -> bool:
        """Whether text models can be loaded; if not, the library only has the weights built in."""
        names = ("rnnoise_model_from_buffer", "rnnoise_model_from_filename", "rnnoise_model_from_file")
        return any(hasattr(self._dll, name) for name in names) and hasattr(self._dll, "rnnoise_model_free")

    def load_model(self, text: bytes) -> int:
        """Load a text model; return its handle, to be freed with ``rnnoise_model_free``.

        Raises
        ------
        InputError
            When the library refuses it.
        """
        handle: int | None
        if hasattr(self._dll, "rnnoise_model_from_buffer"):
            handle = self._dll.rnnoise_model_from_buffer(text, len(text))
        else:
            with tempfile.TemporaryDirectory(prefix="rnnoise-py-") as folder:
                path = Path(folder) / "model.rnnn"
                path.write_bytes(text)
                if hasattr(self._dll, "rnnoise_model_from_filename"):
                    handle = self._dll.rnnoise_model_from_filename(os.fsencode(path))
                else:
                    handle = self._from_stream(path)
        if not handle:
            raise InputError(f"{printable(self.path)} cannot load a text model: is it of the v0.1 line?")
        return handle

    def _from_stream(self, text_model: Path) -> int | None:
        libc: Any = ctypes.CDLL(None)
        libc.fopen.argtypes, libc.fopen.restype = [ctypes.c_char_p, ctypes.c_char_p], ctypes.c_void_p
        libc.fclose.argtypes = [ctypes.c_void_p]
        stream = libc.fopen(os.fsencode(text_model), b"r")
        if not stream:
            return None
        try:
            handle: int | None = self._dll.rnnoise_model_from_file(stream)
        finally:
            libc.fclose(stream)
        return handle
