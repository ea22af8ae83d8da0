"""Frames a second of the C library: as built, each instruction set alone, and a plain ``-O2`` build.

Every benchmark checks the digest of what it made. ``extra_info`` has microseconds a frame (CPU time), the
ratio to a 480-tap one-accumulator dot product on the same core (the project's unit of speed), bytes of state and
library.
"""

import ctypes
import hashlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.constants import FRAME_SIZE
from tests.reference_c import Library, built, library, model_text, require

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

_DOT = """
float dot(const float *x, const float *y, int n)
{ float s = 0; for (int i = 0; i < n; i++) s += x[i] * y[i]; return s; }
float dots(const float *x, const float *y, int n, int times)
{ volatile float sink = 0;
  for (int k = 0; k < times; k++) { __asm__ volatile("" ::: "memory"); sink = dot(x, y, n); }
  return sink; }
"""


@pytest.fixture(scope="session")
def yardstick(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], float]:
    """Return a function that measures the seconds of one 480-tap one-accumulator dot product."""
    require("gcc")
    folder = tmp_path_factory.mktemp("yardstick")
    (folder / "dot.c").write_text(_DOT)
    subprocess.run(["gcc", "-O3", "-fPIC", "-shared", "-o", "dot.so", "dot.c"], check=True, cwd=folder)
    dots = ctypes.CDLL(str(folder / "dot.so")).dots
    x, y = np.ones((2, FRAME_SIZE), dtype=np.float32)

    def measure() -> float:
        times, best = 5000, np.inf
        for _ in range(15):
            start = time.process_time()
            dots(ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data), FRAME_SIZE, times)
            best = min(best, (time.process_time() - start) / times)
        return best

    return measure


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("name", BUILDS)
@pytest.mark.parametrize("blocks", [True, False], ids=["process_frames", "process_frame"])
def test_library_speed(
    name: str,
    blocks: bool,
    benchmark: Any,
    yardstick: Callable[[], float],
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

    before = yardstick()
    benchmark.pedantic(denoise, rounds=9, warmup_rounds=1)
    unit = min(before, yardstick())
    assert hashlib.sha256(out.tobytes()).hexdigest() == figures["sha256_audio"]

    seconds = benchmark.stats.stats.min / frames
    path: Path = built("librnnoise.so.0.4.1", *settings)
    benchmark.extra_info.update({
        "frames_per_second": round(1 / seconds),
        "microseconds_per_frame": round(seconds * 1e6, 2),
        "yardsticks_per_frame": round(seconds / unit, 1),
        "yardstick_ns": round(unit * 1e9, 1),
        "state_bytes": lib.c.rnnoise_get_size(),
        "library_bytes": path.stat().st_size,
    })
    print(f"\n{name}, {'blocks' if blocks else 'single frames'}: {benchmark.extra_info}")
