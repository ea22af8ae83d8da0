"""One computation, many ways: kernels in one lane and in sixteen, C, streams and batches give the same bits.

Random models × random sound, a few in every run of the tests and many in `make test-all`.
"""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnoise_py.denoiser import Denoiser, denoise, denoise_with_vad
from rnnoise_py.denoiser.backend import Backend, NumbaBackend
from rnnoise_py.denoiser.native import NativeBackend, NativeModel, open_library
from rnnoise_py.model import Activation, Int8Model
from rnnoise_py.model.topology import LAYERS
from rnnoise_py.rows.extractor import training_rows
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_SCALE, SAMPLE_RATE
from rnnoise_py.spec.layout import ROW_SIZE
from tests.c_build import built
from tests.lane_arrays import assert_same
from tests.model_samples import models, random_model, synthetic
from tests.sound_samples import sounds

FEW, MANY = 12, 400
HOUR = 3_600  # seconds
SETTLED = 1_000  # pieces after which a stream has all the memory that it will ever need
GROWTH = 4 * 2**20  # bytes that the interpreter may take beside it
Sound = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]
USUAL = {layer.name: layer.neurons for layer in LAYERS}


def few_and_many(check: Callable[..., None], **strategies: Any) -> tuple[Any, Any]:
    """A property with few examples, and the same with many as a slow test."""
    few, many = (
        settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))(given(**strategies)(check))
        for count in (FEW, MANY)
    )
    return few, pytest.mark.slow(many)


@st.composite
def usual_models(draw: st.DrawFn) -> Int8Model:
    """Models of the usual sizes, any weights, any activations."""
    activations = [draw(st.sampled_from(Activation)) for _ in LAYERS]
    return random_model(USUAL, activations, draw(st.integers(0, 2**32)))


@st.composite
def cuts(draw: st.DrawFn, most: int) -> list[int]:
    """Lengths of pieces, to be taken in turn."""
    return draw(st.lists(st.integers(1, most), min_size=1, max_size=5))


@pytest.fixture(scope="session")
def library() -> Path:
    """Our C library."""
    return built("librnnoise.so.0.4.1")


def pieces(count: int, lengths: list[int]) -> Iterator[slice]:
    """Cut ``count`` items into pieces of these lengths, over and over."""
    start, turn = 0, 0
    while start < count:
        size = lengths[turn % len(lengths)]
        yield slice(start, min(start + size, count))
        start, turn = start + size, turn + 1


def run(backend: Backend, samples: F32, lengths: list[int]) -> tuple[F32, F32]:
    """Feed whole frames in blocks of so many."""
    frames = len(samples) // FRAME_SIZE
    out, vad = np.empty(frames * FRAME_SIZE, np.float32), np.empty(frames, np.float32)
    for block in pieces(frames, lengths):
        part = slice(block.start * FRAME_SIZE, block.stop * FRAME_SIZE)
        backend.process(samples[part], out[part], vad[block])
    backend.close()
    return out, vad


def stream(denoiser: Denoiser, audio: npt.NDArray[Any], lengths: list[int]) -> tuple[npt.NDArray[Any], F32]:
    """Feed a stream in pieces."""
    parts, vads = [], []
    for piece in pieces(len(audio), lengths):
        parts.append(denoiser.process(audio[piece]))
        vads.append(denoiser.vad)
    parts.append(denoiser.flush())
    vads.append(denoiser.vad)
    return np.concatenate(parts), np.concatenate(vads)


def _blocks(library: Path, model: Int8Model, sound: Sound, scale: float, lengths: list[int]) -> None:
    """Kernels in blocks of any size, and the C library in blocks and frame by frame."""
    samples = (sound[: len(sound) // FRAME_SIZE * FRAME_SIZE] * np.float32(scale)).astype(np.float32)
    native = NativeModel(open_library(library), model)
    expected = run(NumbaBackend(model), samples, [len(samples)])
    ways = {
        "numba, frame by frame": run(NumbaBackend(model), samples, [1]),
        f"numba, blocks of {lengths}": run(NumbaBackend(model), samples, lengths),
        "C": run(NativeBackend(native), samples, [len(samples)]),
        f"C, blocks of {lengths}": run(NativeBackend(native), samples, lengths),
    }
    for way, (audio, vad) in ways.items():
        assert_same(audio, expected[0], f"audio, {way}")
        assert_same(vad, expected[1], f"VAD, {way}")


def _streams(
    library: Path, model: Int8Model, sound: Sound, lengths: list[int], floats: bool, channels: int, backend: str
) -> None:
    """Streams in pieces of any length equal the whole; channels do not hear each other, on any number of threads."""
    audio: npt.NDArray[Any] = (sound / np.float32(PCM_SCALE)).astype(np.float32) if floats else sound
    audio = np.stack([np.roll(audio, 7 * k) for k in range(channels)], axis=1) if channels > 1 else audio
    given_library = library if backend == "native" else None
    whole = denoise_with_vad(audio, model=model, backend=backend, library=given_library)
    with Denoiser(model, backend, given_library, channels=channels, workers=channels) as denoiser:
        got, vad = stream(denoiser, audio, lengths)
    assert_same(got, whole.audio, "stream")
    assert_same(vad, whole.vad, "VAD of the stream")
    assert got.dtype == audio.dtype
    if channels > 1:
        for k in range(channels):
            alone = denoise(np.ascontiguousarray(audio[:, k]), model=model, backend="numba")
            assert_same(whole.audio[:, k], alone, f"channel {k}")


def _rows(folder: Path, clean: Sound, noise: Sound, count: int, seed: int, workers: int) -> None:
    """Training rows of our kernels, on one core or two, and of our C tool; some runs reach the first re-draw."""
    for name, sound in (("clean", clean), ("noise", noise)):
        sound.astype("<i2").tofile(folder / f"{name}.raw")
    command: list[str | Path] = [
        built("denoise_training"),
        folder / "clean.raw",
        folder / "noise.raw",
        str(count),
        "--seed",
        str(seed),
    ]
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    rows = training_rows(clean, noise, count, seed=seed, workers=workers)
    assert_same(rows, np.frombuffer(out, "<f4").reshape(-1, ROW_SIZE), "rows")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For bare files."""
    return tmp_path_factory.mktemp("rows")


test_blocks, test_many_blocks = few_and_many(
    _blocks,
    model=st.one_of(usual_models(), models()),
    sound=sounds(FRAME_SIZE),
    scale=st.sampled_from([1.0, 1e-3, 1e-30, 40.0]),
    lengths=cuts(25),
)
test_streams, test_many_streams = few_and_many(
    _streams,
    model=usual_models(),
    sound=sounds(least=3),  # fewer samples than channels are refused: the axes might be swapped
    lengths=cuts(3_000),
    floats=st.booleans(),
    channels=st.integers(1, 3),
    backend=st.sampled_from(["numba", "native"]),
)
test_rows, test_many_rows = few_and_many(
    _rows,
    clean=sounds(FRAME_SIZE),
    noise=sounds(FRAME_SIZE),
    count=st.one_of(st.integers(1, 60), st.just(2_900)),
    seed=st.integers(1, 2**32 - 1),
    workers=st.integers(1, 2),
)


def _hour(noisy: Sound, seconds: int) -> Iterator[Sound]:
    """The recorded signal over and over, in pieces of anything from a sample to half a second."""
    draw, start, left = np.random.default_rng(60), 0, seconds * SAMPLE_RATE
    while left:
        size = min(int(draw.integers(1, SAMPLE_RATE // 2)), left, len(noisy) - start)
        yield noisy[start : start + size]
        start, left = (start + size) % len(noisy), left - size


def _resident_bytes() -> int:
    """Memory of this process, without what the system could take back."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        pytest.skip("no /proc here")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numba", "native"])
def test_an_hour_of_stream(backend: str, library: Path, golden_pcm: Callable[[str], Sound]) -> None:
    """One stream of an hour equals the kernels in bulk to the last sample, and its memory does not grow."""
    noisy, model = golden_pcm("noisy"), synthetic("synthetic_b")
    frames, bulk = HOUR * SAMPLE_RATE // FRAME_SIZE, NumbaBackend(model)
    whole, streamed = hashlib.sha256(), hashlib.sha256()
    late = np.zeros(0, np.float32)
    for first in range(0, frames + 1, 1000):  # one more frame than there is: the stream's flush
        places = np.arange(first * FRAME_SIZE, min(first + 1000, frames + 1) * FRAME_SIZE)
        samples = np.where(places < HOUR * SAMPLE_RATE, noisy[places % len(noisy)], 0).astype(np.float32)
        out, vad = np.empty_like(samples), np.empty(len(samples) // FRAME_SIZE, np.float32)
        bulk.process(samples, out, vad)
        late = out[FRAME_SIZE:] if first == 0 else out
        whole.update(np.clip(np.rint(late), -PCM_SCALE, PCM_SCALE - 1).astype("<i2").tobytes())
    settled = most = 0
    with Denoiser(model, backend, library if backend == "native" else None) as denoiser:
        for number, piece in enumerate(_hour(noisy, HOUR)):
            streamed.update(denoiser.process(piece).astype("<i2").tobytes())
            if number == SETTLED:
                settled = most = _resident_bytes()
            elif number > SETTLED and number % 500 == 0:
                most = max(most, _resident_bytes())
        streamed.update(denoiser.flush().astype("<i2").tobytes())
    assert streamed.hexdigest() == whole.hexdigest()
    assert most - settled < GROWTH
