"""The backend that calls a librnnoise through ctypes."""

import ctypes
import weakref
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.library import Library
from rnnoise_py.errors import InputError
from rnnoise_py.model import Int8Model
from rnnoise_py.model.text import format_text
from rnnoise_py.spec.constants import FRAME_SIZE

F32 = npt.NDArray[np.float32]

_FRAME_BYTES = FRAME_SIZE * 4
_Byte = ctypes.c_char


def _address(array: Any) -> int:
    """Return where an array begins. ``array.ctypes.data`` says it too, in three times the time."""
    return ctypes.addressof(_Byte.from_buffer(array)) if array.flags.writeable else int(array.ctypes.data)


@lru_cache(maxsize=8)
def open_library(path: Path) -> Library:
    """Load a library once."""
    return Library(path)


class NativeModel:
    """A model inside a library, or the one built into it (``model=None``); shared by states."""

    def __init__(self, library: Library, model: Int8Model | None) -> None:
        self.library = library
        self.handle: int | None = None
        if model is not None:
            self.handle = library.load_model(format_text(model).encode())
            weakref.finalize(self, library.functions.rnnoise_model_free, self.handle)


@lru_cache(maxsize=4)
def open_native_model(path: Path, model: Int8Model | None) -> NativeModel:
    """Load a model into a library once; None is the one built in."""
    return NativeModel(open_library(path), model)


class NativeBackend:
    """One state of a librnnoise."""

    name = "native"

    def __init__(self, model: NativeModel) -> None:
        self._model = model
        self._functions: Any = model.library.functions
        self._has_blocks = model.library.has_blocks
        self._state: int | None = None
        self.reset()

    def reset(self) -> None:
        """Forget everything heard so far."""
        self.close()
        self._state = self._functions.rnnoise_create(self._model.handle)
        if not self._state:
            raise InputError(f"{self._model.library.path} cannot make a state: out of memory, or another model line")
        self._finalizer = weakref.finalize(self, self._functions.rnnoise_destroy, self._state)

    def close(self) -> None:
        """Free the state."""
        if self._state:
            self._finalizer()
            self._state = None

    def _check_open(self) -> None:
        if not self._state:  # the library would read address 0
            raise InputError("this state of the library is closed: reset() it, or make a new backend")

    def process_with_others(self, jobs: Sequence[tuple["NativeBackend", F32, F32, F32]]) -> None:
        """Denoise as many whole frames of each of several states of this library, by one call where it has that.

        Parameters
        ----------
        jobs
            All different states, this one among them, and what :meth:`process` takes.
        """
        if not self._model.library.has_streams:
            for backend, samples, out, vad in jobs:
                backend.process(samples, out, vad)
            return
        for backend, *_ in jobs:
            backend._check_open()
        addresses = ctypes.c_void_p * len(jobs)
        states = addresses(*[backend._state for backend, *_ in jobs])
        outs, sources, vads = (addresses(*[_address(job[part]) for job in jobs]) for part in (2, 1, 3))
        self._functions.rnnoise_process_streams(states, outs, sources, vads, len(jobs), len(jobs[0][3]))

    def process(self, samples: F32, out: F32, vad: F32) -> None:
        """Denoise whole frames; see :class:`~rnnoise_py.denoiser.backend.Backend`."""
        self._check_open()
        count = len(vad)
        if not count:
            return
        source, target = _address(samples), _address(out)
        if self._has_blocks:
            self._functions.rnnoise_process_frames(self._state, target, source, _address(vad), count)
            return
        call, state = self._functions.rnnoise_process_frame, self._state
        for frame in range(count):
            vad[frame] = call(state, target + frame * _FRAME_BYTES, source + frame * _FRAME_BYTES)
