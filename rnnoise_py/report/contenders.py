"""What is compared: models of any format and built libraries, each under a name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.denoiser.backend import Backend
from rnnoise_py.denoiser.engine import open_engine
from rnnoise_py.denoiser.library import is_library
from rnnoise_py.errors import InputError
from rnnoise_py.model import Int8Model, open_model
from rnnoise_py.model.shipped import model_path
from rnnoise_py.names import printable
from rnnoise_py.runs.provenance import file_sha256

INPUT: Final = "input"  #: name of what is compared with; no model may have it
CLEAN: Final = "clean"
_TAKEN: Final = frozenset({INPUT, CLEAN, "clean original"})  #: names of what is no model, as the page has them too
_LONGEST_NAME: Final = 60


@dataclass(frozen=True)
class Contender:
    """A model, or a library with the model built into it; can be sent to worker processes."""

    name: str
    path: Path
    format: str  #: ``text``, ``packed``, ``rnn_data``, ``keras-hdf5``, ``keras-archive`` or ``library``
    digest: str  #: SHA-256 of the packed model, or of the library's bytes
    model: Int8Model | None  #: None for a library

    def backend(self) -> Backend:
        """Make a denoiser of one channel.

        Raises
        ------
        InputError
            When the library cannot be used.
        """
        if self.model is not None:
            return open_engine(self.model).make()
        from rnnoise_py.denoiser.native import NativeBackend, open_native_model

        return NativeBackend(open_native_model(self.path, None))

    def describe(self) -> dict[str, Any]:
        """Name, file, format and digest, for JSON."""
        return {"name": self.name, "path": printable(self.path), "format": self.format, "digest": self.digest}


def open_contender(text: str) -> Contender:
    """Open what ``NAME=FILE``, ``FILE`` or ``default`` names.

    Raises
    ------
    InputError
        When there is no such file, it is neither model nor library, or the name cannot be used.
    """
    name, separator, file = text.partition("=")
    if not separator or not name:
        file = text.lstrip("=")
        name = Path(file).name.split(".")[0]
    if not file:
        raise InputError(f"model {text!r} names no file: give NAME=FILE")
    path = model_path(file)
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME or name.strip().lower() in _TAKEN:
        raise InputError(
            f"{printable(name)!r} cannot be a model's name: give 1 … {_LONGEST_NAME} characters, "
            f"not {INPUT!r} or {CLEAN!r}"
        )
    if is_library(path):
        found = Contender(name, path, "library", file_sha256(path), None)
        found.backend().close()
        return found
    opened = open_model(path)
    return Contender(name, path, opened.format, opened.model.digest, opened.model)


def open_contenders(texts: tuple[str, ...]) -> tuple[Contender, ...]:
    """Open all; their names must differ.

    Raises
    ------
    InputError
        When there is none, one cannot be opened, or two have the same name.
    """
    if not texts:
        raise InputError("no models: give --model NAME=FILE, or --model default for the shipped one")
    found = tuple(open_contender(text) for text in texts)
    seen: dict[str, Path] = {}
    for contender in found:
        if contender.name in seen:
            raise InputError(
                f"{printable(seen[contender.name])} and {printable(contender.path)} are both called "
                f"{contender.name!r}: give --model NAME=FILE with another name"
            )
        seen[contender.name] = contender.path
    return found
