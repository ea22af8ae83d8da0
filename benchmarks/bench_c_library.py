"""Frames a second of the C library: as built, each instruction set alone, and a plain ``-O2`` build.

Every benchmark checks the digest of what it made.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.spec.constants import FRAME_SIZE
from tests.c_build import Library, library, model_text

pytest_plugins = ("tests.conftest",)

BUILDS = {
    "plain -O2": ("CC=gcc", "OPT=-O2", "SIMD=baseline"),
    "baseline": ("CC=gcc", "SIMD=baseline"),
    "avx2": ("CC=gcc", "SIMD=avx2"),
    "avx512": ("CC=gcc", "SIMD=avx512"),
    "auto": (),
    "auto, clang": ("CC=clang",),
}
MODEL = "synthetic_a"


@pytest.mark.parametrize("name", BUILDS)
@pytest.mark.parametrize("blocks", [True, False], ids=["process_frames", "process_frame"])
def test_library_speed(
    name: str,
    blocks: bool,
    measure: Any,
    golden: Callable[[str], Any],
    golden_pcm: Callable[[str], npt.NDArray[np.int16]],
) -> None:
    """Denoise the recorded noisy file (31.9 s) with a recorded model."""
    settings = BUILDS[name]
    lib: Library = library(*settings)
    figures, pcm = golden("denoise.json")[MODEL], golden_pcm("noisy")
    frames = len(pcm) // FRAME_SIZE
    noisy = pcm[: frames * FRAME_SIZE].astype(np.float32)
    out, vad = np.zeros_like(noisy), np.zeros(frames, dtype=np.float32)
    model = lib.model(model_text(golden("denoise.npz"), figures["activations"], MODEL))
    state = lib.create(model)

    def denoise() -> None:
        lib.c.rnnoise_init(state, model)
        if blocks:
            lib.c.rnnoise_process_frames(state, out.ctypes.data, noisy.ctypes.data, vad.ctypes.data, frames)
        else:
            process, to, source = lib.c.rnnoise_process_frame, out.ctypes.data, noisy.ctypes.data
            for offset in range(0, 4 * len(noisy), 4 * FRAME_SIZE):
                process(state, to + offset, source + offset)

    measure(denoise, frames, "denoising")
    assert hashlib.sha256(out.tobytes()).hexdigest() == figures["sha256_audio"]
