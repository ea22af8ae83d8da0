"""A model opened for denoising: which weights, run by which backend; once, for any number of denoisers."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from rnnoise_py.denoiser.backend import BULK, ONE, Backend, NumbaBackend
from rnnoise_py.denoiser.library import ENVIRONMENT, beside, named_library, searched_beside
from rnnoise_py.denoiser.models import find_model
from rnnoise_py.denoiser.own_library import own_library
from rnnoise_py.errors import InputError
from rnnoise_py.model import Int8Model
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import note

BACKENDS: Final = ("auto", "numba", "native")

#: what names weights: a model, the file of one, or None for the model that ships with the package
ModelLike: TypeAlias = Int8Model | str | Path | None


@dataclass(frozen=True)
class Engine:
    """Weights and what runs them; see :func:`open_engine`. Any number of threads may use it."""

    backend: str  #: ``"numba"`` or ``"native"``
    weights: str  #: SHA-256 of the model, or the library that they are built into
    make: Callable[[], Backend] = field(repr=False)  #: makes the denoiser of one channel


def open_engine(model: "Engine | ModelLike" = None, backend: str = "auto", library: str | Path | None = None) -> Engine:
    """Read and check a model and what is to run it.

    Parameters
    ----------
    model
        Model or model file of any format. None: the weights built into the library, where one is named (``library``
        or ``RNNOISE_LIBRARY``), else the model that ships with the package. An engine is returned as it is.
    backend
        ``"auto"``: native where a library is found or can be built, else numba. ``"numba"``: the kernels of this
        package. ``"native"``: a library, or an error. All give the same bits.
    library
        Path of a librnnoise; else ``RNNOISE_LIBRARY``, else one beside the model, if this user built it with
        ``rnnoise-py build``, else the package's own, which is built once where there are make and a C compiler. With a
        model, the model is loaded into it.

    Raises
    ------
    InputError
        When there is no such backend, model or library, or one cannot be used.

    Warns
    -----
    UserWarning
        When the library of ``RNNOISE_LIBRARY`` cannot load models, and numba runs the model instead.
    """
    if isinstance(model, Engine):
        return model
    if backend not in BACKENDS:
        raise InputError(f"there is no backend {backend!r}: choose {', '.join(BACKENDS)}")
    if backend == "numba":
        if library is not None:
            raise InputError(f"the numba backend runs no library ({printable(library)}): leave one of the two out")
        return _numba(find_model(model)[0])
    named = named_library(library)
    if named is not None and model is None:
        return _native(named, None)
    int8, path = find_model(model)
    found = named or beside(path) or own_library()
    if found is None:
        if backend == "native":
            raise _nothing_found(path)
        return _numba(int8)
    from rnnoise_py.denoiser.native import open_library

    if open_library(found).loads_models:
        return _native(found, int8)
    if library is not None or backend == "native":
        raise InputError(
            f"{printable(found)} cannot load models, it has only its own: leave the model out to use that, or the "
            "library"
        )
    warnings.warn(f"{printable(found)} cannot load models: numba runs the model instead", stacklevel=2)
    return _numba(int8)


def _numba(model: Int8Model) -> Engine:
    return Engine("numba", model.digest, lambda: NumbaBackend(model))


def _native(library: Path, model: Int8Model | None) -> Engine:
    from rnnoise_py.denoiser.native import NativeBackend, open_native_model

    inside = open_native_model(library, model)
    weights = f"built into {printable(library)}" if model is None else model.digest
    return Engine("native", weights, lambda: NativeBackend(inside))


def _nothing_found(model_path: Path | None) -> InputError:
    places = ", ".join(printable(place) for place in searched_beside(model_path)) or "nothing beside the model"
    return InputError(
        f"no librnnoise: install make and a C compiler, give a library (--library) or set {ENVIRONMENT}; looked for "
        f"{places}, built here by rnnoise-py build"
    )


def compile_for(engine: Engine, *, streams: bool) -> None:
    """Compile what an engine needs before its first frame, and say so; at once done where that is done.

    Parameters
    ----------
    engine
        The opened model; a library is compiled already.
    streams
        Whether frames come one at a time, else as whole files.
    """
    if engine.backend != "numba":
        return
    from rnnoise_py.denoiser import kernels

    kind = ONE if streams else BULK
    if not kernels.are_compiled(kind):
        note("compiling the kernels, once: about half a minute")
        started = time.monotonic()
        kernels.compile_kernels(kind)
        note(f"compiled in {time.monotonic() - started:.0f} s")
