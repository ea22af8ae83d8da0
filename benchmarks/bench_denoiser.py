"""Speed of denoising from Python: whole files, single frames, telephone files; numba and native."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.conftest import golden_pcm
from rnnoise_py.denoiser import Denoiser, denoise
from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.model import Int8Model
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE
from tests.c_build import built
from tests.conftest import DATA

TAG: Final = "synthetic_a"
TELEPHONE_RATE: Final = 8_000
BACKENDS: Final = ("numba", "native")
META: Final = json.loads((DATA / "denoise.json").read_text())[TAG]


@pytest.fixture(scope="module")
def model() -> Int8Model:
    """A recorded model."""
    return Int8Model.from_arrays(np.load(DATA / "denoise.npz"), META["activations"], prefix=f"{TAG}__")


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> tuple[str, Path | None]:
    """Name of a backend and its library."""
    return request.param, built("librnnoise.so.0.4.1") if request.param == "native" else None


def _noisy() -> npt.NDArray[np.int16]:
    return golden_pcm("noisy")[: META["frames"] * FRAME_SIZE]


@pytest.fixture(scope="module")
def late(model: Int8Model) -> npt.NDArray[np.int16]:
    """The recorded output, a frame late, rounded."""
    samples = _noisy().astype(np.float32)
    out = np.empty_like(samples)
    NumbaBackend(model).process(samples, out, np.empty(META["frames"], np.float32))
    assert hashlib.sha256(out.tobytes()).hexdigest() == META["sha256_audio"]
    limits = np.iinfo(np.int16)
    return np.clip(np.rint(out), limits.min, limits.max).astype(np.int16)


def test_kernels(model: Int8Model, measure: Any) -> None:
    """The numba backend alone."""
    samples, own = _noisy().astype(np.float32), NumbaBackend(model)
    out, vad = np.empty_like(samples), np.empty(META["frames"], np.float32)

    def run() -> npt.NDArray[np.float32]:
        own.reset()
        own.process(samples, out, vad)
        return out

    audio = measure(run, META["frames"], "denoising")
    assert hashlib.sha256(audio.tobytes()).hexdigest() == META["sha256_audio"]


def test_denoise(model: Int8Model, backend: tuple[str, Path | None], late: Any, measure: Any) -> None:
    """A whole file of 16 bits."""
    name, library = backend
    pcm = _noisy()
    out = measure(lambda: denoise(pcm, model=model, backend=name, library=library), META["frames"], "denoising")
    np.testing.assert_array_equal(out[:-FRAME_SIZE], late[FRAME_SIZE:])


def test_process_frame(model: Int8Model, backend: tuple[str, Path | None], late: Any, measure: Any) -> None:
    """Frame by frame."""
    name, library = backend
    frames = _noisy().reshape(-1, FRAME_SIZE)
    with Denoiser(model, name, library) as denoiser:

        def run() -> npt.NDArray[np.int16]:
            denoiser.reset()
            return np.concatenate([denoiser.process_frame(frame) for frame in frames])

        np.testing.assert_array_equal(measure(run, len(frames), "denoising"), late)


def test_telephone_file(model: Int8Model, backend: tuple[str, Path | None], measure: Any) -> None:
    """8 kHz, resampled both ways: length kept, the same for both backends."""
    name, library = backend
    pcm = np.ascontiguousarray(_noisy()[:: SAMPLE_RATE // TELEPHONE_RATE])
    out = measure(
        lambda: denoise(pcm, TELEPHONE_RATE, model, backend=name, library=library), META["frames"], "denoising"
    )
    assert len(out) == len(pcm)
    if name != "numba":
        np.testing.assert_array_equal(out, denoise(pcm, TELEPHONE_RATE, model, backend="numba"))
