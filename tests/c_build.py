"""What the tests of ``reference_c`` share: builds (each made once a session), the library through ctypes."""

import atexit
import ctypes
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.spec.constants import FRAME_SIZE
from tests.conftest import REPOSITORY

SOURCES = REPOSITORY / "reference_c"
FloatArray = npt.NDArray[np.float32]

#: layers of a text model, in its order
LAYERS = ("input_dense", "vad_gru", "noise_gru", "denoise_gru", "denoise_output", "vad_output")
ACTIVATION_IDS = {"tanh": 0, "sigmoid": 1, "relu": 2}

_ROOT = Path(tempfile.mkdtemp(prefix="rnnoise_c_"))
atexit.register(shutil.rmtree, _ROOT, ignore_errors=True)


def require(*programs: str) -> None:
    """Skip the test unless all these programs are installed."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


@functools.cache
def built(target: str, *settings: str) -> Path:
    """Run ``make BUILD/target`` with settings such as ``CC=clang`` or ``SIMD=avx2``; return the product.

    Skips when make or the compiler is absent; fails with the compiler's words when it warns or fails.
    """
    compiler = next((s.removeprefix("CC=") for s in settings if s.startswith("CC=")), "gcc")
    require("make", compiler)
    folder = _ROOT / ("_".join(s.translate(str.maketrans("=,/", "-+-")) for s in settings) or "default")
    run = subprocess.run(
        ["make", "-s", "-j2", "-C", str(SOURCES), f"BUILD={folder}", *settings, str(folder / target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"make {' '.join(settings)} failed:\n{run.stderr}"
    assert "warning" not in run.stderr, f"make {' '.join(settings)} warned:\n{run.stderr}"
    return folder / target


def library(*settings: str) -> "Library":
    """Build and load the shared library with these settings; skip when this processor lacks its path."""
    lib = Library(built("librnnoise.so.0.4.1", *settings))
    if lib.create(None) is None:
        pytest.skip(f"this processor lacks what {' '.join(settings)} needs")
    return lib


class Library:
    """A librnnoise through ctypes, with its signatures."""

    def __init__(self, path: Path) -> None:
        self.c = ctypes.CDLL(str(path))
        pointer, floats = ctypes.c_void_p, ctypes.c_void_p
        signatures: dict[str, tuple[Any, Sequence[Any]]] = {
            "rnnoise_get_size": (ctypes.c_int, []),
            "rnnoise_get_frame_size": (ctypes.c_int, []),
            "rnnoise_init": (ctypes.c_int, [pointer, pointer]),
            "rnnoise_create": (pointer, [pointer]),
            "rnnoise_destroy": (None, [pointer]),
            "rnnoise_process_frame": (ctypes.c_float, [pointer, floats, floats]),
            "rnnoise_process_frames": (None, [pointer, floats, floats, floats, ctypes.c_int]),
            "rnnoise_process_streams": (None, [pointer, pointer, pointer, pointer, ctypes.c_int, ctypes.c_int]),
            "rnnoise_model_from_filename": (pointer, [ctypes.c_char_p]),
            "rnnoise_model_from_buffer": (pointer, [ctypes.c_char_p, ctypes.c_int]),
            "rnnoise_model_free": (None, [pointer]),
        }
        for name, (result, arguments) in signatures.items():
            function = getattr(self.c, name)
            function.restype, function.argtypes = result, arguments

    def create(self, model: int | None) -> int | None:
        """Return a new state, or None."""
        state: int | None = self.c.rnnoise_create(model)
        return state

    def model(self, text: str | bytes) -> int | None:
        """Return a model from text, or None when it is refused."""
        content = text.encode() if isinstance(text, str) else text
        model: int | None = self.c.rnnoise_model_from_buffer(content, len(content))
        return model

    def denoise(self, model: int | None, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return denoised whole frames and their VAD values, from a fresh state."""
        frames = len(samples) // FRAME_SIZE
        out = np.zeros(frames * FRAME_SIZE, dtype=np.float32)
        vad = np.zeros(frames, dtype=np.float32)
        source = np.ascontiguousarray(samples, dtype=np.float32)
        state = self.create(model)
        assert state is not None
        self.c.rnnoise_process_frames(state, out.ctypes.data, source.ctypes.data, vad.ctypes.data, frames)
        self.c.rnnoise_destroy(state)
        return out, vad

    def denoise_streams(self, models: Sequence[int | None], samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what :meth:`denoise` gives for each row of (streams, 480 frames), all side by side."""
        streams, frames = len(samples), samples.shape[1] // FRAME_SIZE
        out, vad = np.zeros_like(samples), np.zeros((streams, frames), dtype=np.float32)
        states = [self.create(model) for model in models]
        tables = [(ctypes.c_void_p * streams)(*(row.ctypes.data for row in rows)) for rows in (out, samples, vad)]
        self.c.rnnoise_process_streams((ctypes.c_void_p * streams)(*states), *tables, streams, frames)
        for state in states:
            self.c.rnnoise_destroy(state)
        return out, vad


def model_text(arrays: Any, activations: dict[str, str], tag: str) -> str:
    """Write one recorded model (``TAG__LAYER__weights`` …) as rnnoise-nu text."""
    lines = ["rnnoise-nu model file version 1"]
    for layer in LAYERS:
        weights, bias = arrays[f"{tag}__{layer}__weights"], arrays[f"{tag}__{layer}__bias"]
        gates = 3 if layer.endswith("gru") else 1
        lines.append(f"{len(weights) // len(bias)} {len(bias) // gates} {ACTIVATION_IDS[activations[layer]]}")
        lines.append(" ".join(map(str, weights)))
        if gates == 3:
            lines.append(" ".join(map(str, arrays[f"{tag}__{layer}__recurrent_weights"])))
        lines.append(" ".join(map(str, bias)))
    return "\n".join(lines) + "\n"
