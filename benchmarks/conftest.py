"""What the benchmarks share: golden audio, the C tools, the yardstick measured around each benchmark."""

import os
import shutil
import statistics
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.yardstick import yardstick_ns
from tests.conftest import DATA, REPOSITORY

#: any binary that is called as ``BINARY CLEAN.raw NOISE.raw COUNT`` and writes rows to stdout
REFERENCE_VARIABLE = "RNNOISE_REFERENCE_TRAINING"


def golden_pcm(name: str) -> npt.NDArray[np.int16]:
    """Decode a recorded FLAC file."""
    import soundfile

    return np.asarray(soundfile.read(DATA / f"{name}.flac", dtype="int16")[0], np.int16)


@pytest.fixture(scope="session")
def mix() -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """The golden speech and noise."""
    return golden_pcm("clean"), golden_pcm("noise")


@pytest.fixture(scope="session")
def raw_mix(mix: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same as bare 16-bit files, for tools in C."""
    folder = tmp_path_factory.mktemp("mix")
    paths = folder / "clean.raw", folder / "noise.raw"
    for path, pcm in zip(paths, mix, strict=True):
        path.write_bytes(pcm.astype("<i2").tobytes())
    return paths


@pytest.fixture(scope="session")
def our_c_tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``denoise_training`` of reference_c, built for this session."""
    if shutil.which("make") is None or not (REPOSITORY / "reference_c" / "Makefile").exists():
        pytest.skip("make is not installed, or there is no reference_c")
    folder = tmp_path_factory.mktemp("reference_c")
    subprocess.run(
        ["make", "-s", "-C", str(REPOSITORY / "reference_c"), f"BUILD={folder}", str(folder / "denoise_training")],
        check=True,
    )
    return folder / "denoise_training"


@pytest.fixture(scope="session")
def reference_tool() -> Path:
    """The user's own ``denoise_training``."""
    given = os.environ.get(REFERENCE_VARIABLE)
    if not given:
        pytest.skip(f"not here: {REFERENCE_VARIABLE} names no binary")
    return Path(given).resolve()


@pytest.fixture
def measure(benchmark: Any) -> Iterator[Callable[..., Any]]:
    """Time ``run()``, which makes ``frames`` frames of 10 ms, beside the yardstick; return its last result.

    ``group`` is a part of the table, a key of ``benchmarks.table.GROUPS``.
    """
    before = yardstick_ns()

    def timed(run: Callable[[], Any], frames: int, group: str, rounds: int = 5, iterations: int = 1) -> Any:
        benchmark.extra_info.update(frames=frames, group=group)
        return benchmark.pedantic(run, rounds=rounds, iterations=iterations, warmup_rounds=1)

    yield timed
    after = yardstick_ns()
    if before is not None and after is not None:
        benchmark.extra_info["yardstick_ns"] = statistics.mean((before, after))
