"""A built librnnoise through ctypes, as any client loads it."""

import ctypes
import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import FRAME_SIZE

Float32 = npt.NDArray[np.float32]


class CLibrary:
    """The functions of the shared library that these tests call."""

    def __init__(self, path: Path) -> None:
        self._c = ctypes.CDLL(str(path))
        self._c.rnnoise_create.restype = ctypes.c_void_p
        self._c.rnnoise_create.argtypes = [ctypes.c_void_p]
        self._c.rnnoise_destroy.argtypes = [ctypes.c_void_p]
        self._c.rnnoise_process_frame.restype = ctypes.c_float
        self._c.rnnoise_process_frame.argtypes = [ctypes.c_void_p] * 3
        self._c.rnnoise_model_from_filename.restype = ctypes.c_void_p
        self._c.rnnoise_model_from_filename.argtypes = [ctypes.c_char_p]
        self._c.rnnoise_model_free.argtypes = [ctypes.c_void_p]

    def run(self, samples: Float32, model_file: Path | None = None) -> tuple[Float32, Float32]:
        """Denoise whole frames with the built-in model or a text model; return audio and VAD a frame."""
        model = None if model_file is None else self._c.rnnoise_model_from_filename(str(model_file).encode())
        assert model_file is None or model, f"the library refuses {model_file}"
        state = self._c.rnnoise_create(model)
        assert state
        frames = np.ascontiguousarray(samples, dtype=np.float32).reshape(-1, FRAME_SIZE)
        out, vad = np.empty_like(frames), np.empty(len(frames), dtype=np.float32)
        for i, frame in enumerate(frames):
            vad[i] = self._c.rnnoise_process_frame(state, out[i].ctypes.data, frame.ctypes.data)
        self._c.rnnoise_destroy(state)
        if model is not None:
            self._c.rnnoise_model_free(model)
        return out, vad

    def accepts(self, model_file: Path) -> bool:
        """Whether the text loader takes a file."""
        model = self._c.rnnoise_model_from_filename(str(model_file).encode())
        if model:
            self._c.rnnoise_model_free(model)
        return bool(model)


def digest(values: Float32) -> str:
    """SHA-256 of float32 values in C order."""
    return hashlib.sha256(np.ascontiguousarray(values, dtype=np.float32).tobytes()).hexdigest()
