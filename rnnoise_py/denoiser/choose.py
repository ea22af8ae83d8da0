"""Choose the backend: numba, or a native library when one is found."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rnnoise_py.audio import printable
from rnnoise_py.denoiser.backend import Backend, NumbaBackend
from rnnoise_py.denoiser.library import ENVIRONMENT, find_library, searched_beside
from rnnoise_py.denoiser.models import find_model
from rnnoise_py.errors import InputError
from rnnoise_py.model import Int8Model

BACKENDS: Final = ("auto", "numba", "native")


def choose_backend(
    model: Int8Model | str | Path | None, backend: str, library: str | Path | None
) -> Callable[[], Backend]:
    """Return what makes one channel's backend.

    ``auto`` is native when a library is found (argument, ``RNNOISE_LIBRARY``, beside the model), else numba.

    Raises
    ------
    InputError
        When there is no such backend, no model, no library, or one that cannot be used.

    Warns
    -----
    UserWarning
        When the library cannot load models, so that its built-in one is used (or, found by itself, is not used).
    """
    if backend not in BACKENDS:
        raise InputError(f"there is no backend {backend!r}: choose {', '.join(BACKENDS)}")
    int8, path = find_model(model)
    found = None if backend == "numba" else find_library(library, path)
    if found is None:
        if backend == "native":
            places = ", ".join(printable(place) for place in searched_beside(path)) or "nothing beside the model"
            raise InputError(
                f"no librnnoise found: give its path (--library) or set {ENVIRONMENT}; looked for {places}"
            )
        return lambda: NumbaBackend(int8)
    from rnnoise_py.denoiser.native import NativeBackend, NativeModel, open_library

    opened = open_library(found)
    if not opened.loads_models:
        if library is None and backend == "auto":
            warnings.warn(f"{printable(found)} cannot load models: numba is used instead", stacklevel=3)
            return lambda: NumbaBackend(int8)
        warnings.warn(f"{printable(found)} cannot load models: the one built into it is used", stacklevel=3)
    inside = NativeModel(opened, int8 if opened.loads_models else None)
    return lambda: NativeBackend(inside)
