"""Recordings with clean originals, and the command that compares models on them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from rnnoise_py.model import Int8Model, write_model
from rnnoise_py.spec.constants import SAMPLE_RATE
from tests.command_line import Outcome, run_here

for package in ("jinja2", "PIL", "pystoi"):
    pytest.importorskip(package, reason=f"no {package}: pip install rnnoise-py[report]")

Int16 = npt.NDArray[np.int16]
Load = Callable[[str], Any]
Compare = Callable[..., Outcome]

SECONDS = 2.5


def write_sound(path: Path, pcm: Int16) -> Path:
    """Write 48 kHz int16; the suffix says the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, pcm, SAMPLE_RATE)
    return path


def write_other_model(golden: Load, path: Path) -> Path:
    """Write a recorded model that is not the shipped one."""
    activations = golden("denoise.json")["synthetic_a"]["activations"]
    write_model(Int8Model.from_arrays(golden("denoise.npz"), activations, prefix="synthetic_a__"), path)
    return path


def pair(golden_pcm: Load, number: int, level: float = 0.3) -> tuple[Int16, Int16]:
    """Some seconds of speech, and the same with noise."""
    size = int(SECONDS * SAMPLE_RATE)
    start = 24_000 * number
    clean = np.asarray(golden_pcm("clean")[start : start + size], np.float64)
    noise = np.asarray(golden_pcm("noise")[start : start + size], np.float64)
    noisy = np.clip(clean + level * noise, -32_768, 32_767)
    return clean.astype(np.int16), noisy.astype(np.int16)


def write_pairs(golden_pcm: Load, folder: Path, count: int = 2) -> Path:
    """Write ``N_noisy.flac`` and ``N_clean.flac``."""
    for number in range(count):
        clean, noisy = pair(golden_pcm, number)
        write_sound(folder / f"{number}_clean.flac", clean)
        write_sound(folder / f"{number}_noisy.flac", noisy)
    return folder


@pytest.fixture
def compare(capfdbinary: pytest.CaptureFixture[bytes]) -> Compare:
    """Run ``rnnoise-py compare`` in this process."""
    return lambda *arguments: run_here(capfdbinary, "compare", *arguments)
