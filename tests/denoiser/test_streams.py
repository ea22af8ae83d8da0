"""Many streams and recordings side by side: the bits of one at a time, with both backends."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.denoiser import Controls, Denoiser, denoise_batch, denoise_with_vad, open_engine
from rnnoise_py.denoiser.engine import Engine
from rnnoise_py.errors import InputError
from rnnoise_py.model import Int8Model
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.bits import assert_bit_identical
from tests.c_build import built

Pcm = npt.NDArray[np.int16]
TAG = "synthetic_a"


@pytest.fixture(scope="module", params=["native", "numba", "old library"])
def engine(request: pytest.FixtureRequest, golden: Callable[[str], Any]) -> Iterator[Engine]:
    """One recorded model, run by our library, by numba, or by a library that knows one state at a time."""
    model = Int8Model.from_arrays(golden("denoise.npz"), golden("denoise.json")[TAG]["activations"], prefix=f"{TAG}__")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "old library":
            patch.setattr("rnnoise_py.denoiser.library.Library.has_streams", False)
        if request.param == "numba":
            yield open_engine(model, "numba")
        else:
            yield open_engine(model, "native", built("librnnoise.so.0.4.1"))


@pytest.fixture(scope="module")
def batch(golden_pcm: Callable[[str], Pcm]) -> Pcm:
    """Five streams of a little over half a second, of different loudness, one of them silent."""
    noisy = golden_pcm("noisy")
    size = 55 * FRAME_SIZE + 7
    streams = np.stack([noisy[9000 * s :][:size] // (s + 1) for s in range(5)])
    streams[3] = 0
    return streams


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("controls", [Controls(), Controls(mix=0.8, vad_threshold=0.5)], ids=["plain", "gate"])
def test_streams_in_pieces_are_bit_identical(engine: Engine, batch: Pcm, controls: Controls, workers: int) -> None:
    """Samples and probabilities of every stream, whatever the pieces."""
    parts, vads = [], []
    with Denoiser(engine, streams=len(batch), controls=controls, workers=workers) as denoiser:
        for piece in np.split(batch, [1, 480, 481, 9000, 9003], axis=1):
            parts.append(denoiser.process(piece))
            vads.append(denoiser.vad)
        parts.append(denoiser.flush())
        vads.append(denoiser.vad)
    out, vad = np.concatenate(parts, axis=1), np.concatenate(vads, axis=1)
    assert out.dtype == batch.dtype
    for s, stream in enumerate(batch):
        alone = denoise_with_vad(stream, model=engine, controls=controls)
        np.testing.assert_array_equal(out[s], alone.audio, f"stream {s}")
        assert_bit_identical(vad[s], alone.vad, f"probabilities of stream {s}")


def test_streams_frame_by_frame_are_bit_identical(engine: Engine, batch: Pcm) -> None:
    """process_frame of (streams, 480), floats; one stream is a batch too."""
    floats = (batch[:, : 30 * FRAME_SIZE] / np.float32(32768)).astype(np.float32)
    for streams in (floats, floats[:1]):
        with Denoiser(engine, streams=len(streams)) as together:
            frames = np.split(streams, 30, axis=1)
            got = [(together.process_frame(frame), together.vad) for frame in frames]
        for s, stream in enumerate(streams):
            with Denoiser(engine) as alone:
                for (out, vad), frame in zip(got, np.split(stream, 30), strict=True):
                    assert out.shape == (len(streams), FRAME_SIZE)
                    assert vad.shape == (len(streams), 1)
                    assert_bit_identical(out[s], alone.process_frame(frame))
                    assert_bit_identical(vad[s], alone.vad)


def test_channels_are_side_by_side_too(engine: Engine, batch: Pcm) -> None:
    """Two channels give what two files give."""
    both = denoise_with_vad(batch[:2].T, model=engine)
    for c in range(2):
        np.testing.assert_array_equal(both.audio[:, c], denoise_with_vad(batch[c], model=engine).audio)


@pytest.mark.parametrize("rate", [48_000, 16_000])
def test_batch_is_bit_identical(engine: Engine, batch: Pcm, rate: int) -> None:
    """Recordings of other lengths, dtypes and channels, one of a single sample, more than a chunk."""
    recordings: list[npt.NDArray[Any]] = [row[: len(row) - 777 * i] for i, row in enumerate(batch)]
    recordings += [batch[0][:1], batch[:2].T, (batch[1] / 40_000).astype(np.float32)]
    for controls in (None, Controls(max_attenuation=12)):
        done = denoise_batch(recordings, rate, engine, controls=controls, workers=2)
        assert len(done) == len(recordings)
        for recording, got in zip(recordings, done, strict=True):
            alone = denoise_with_vad(recording, rate, engine, controls=controls)
            assert got.audio.dtype == recording.dtype
            np.testing.assert_array_equal(got.audio, alone.audio)
            assert_bit_identical(got.vad, alone.vad)
            assert got.clipped == alone.clipped


def test_an_empty_batch(engine: Engine) -> None:
    """Nothing gives nothing."""
    assert denoise_batch([], model=engine) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"streams": 0}, "0 streams: give a whole number"),
        ({"streams": 2.5}, "2.5 streams: give a whole number"),
        ({"streams": 2, "channels": 2}, "streams are mono"),
        ({"streams": 2, "controls": Controls(vad_threshold=0.5, cut=True)}, "use denoise_batch"),
    ],
)
def test_wrong_streams_are_refused(engine: Engine, arguments: dict[str, Any], words: str) -> None:
    """In the words of the argument."""
    with pytest.raises(InputError, match=words):
        Denoiser(engine, **arguments)


def test_wrong_arrays_are_refused(engine: Engine, batch: Pcm) -> None:
    """Another number of streams, turned arrays, no samples, closed states."""
    with Denoiser(engine, streams=len(batch)) as denoiser:
        for array in (batch[0], batch[:2], batch.T, batch[None]):
            with pytest.raises(InputError, match=r"give \(streams, samples\), here \(5, n\)"):
                denoiser.process(array)
        with pytest.raises(InputError, match="not one frame"):
            denoiser.process_frame(batch[:, :100])
    with pytest.raises(InputError, match="closed"):
        denoiser.process(batch)
    with pytest.raises(InputError, match="recording 1 holds no samples"):
        denoise_batch([batch[0], batch[0][:0]], model=engine)
    with pytest.raises(InputError, match="0 workers"):
        denoise_batch([batch[0]], model=engine, workers=0)
