"""The denoiser against the recorded output of the reference library, in every way of calling it."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnoise_py.denoiser import Controls, Denoiser, denoise, denoise_with_vad
from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.denoiser.models import unrounded_network_of
from rnnoise_py.errors import InputError, ModelError
from rnnoise_py.model import Int8Model, write_model
from rnnoise_py.model.float_model import from_int8
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_SCALE
from tests.bits import assert_bit_identical

TAGS = ("synthetic_a", "synthetic_b", "synthetic_c")


@pytest.fixture(scope="session")
def models(golden: Callable[[str], Any]) -> dict[str, Int8Model]:
    """The three recorded models."""
    arrays, meta = golden("denoise.npz"), golden("denoise.json")
    return {tag: Int8Model.from_arrays(arrays, meta[tag]["activations"], prefix=f"{tag}__") for tag in TAGS}


@pytest.fixture(scope="session")
def noisy(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> npt.NDArray[np.int16]:
    """The recorded noisy signal."""
    return golden_pcm("noisy")


def run_backend(backend: Any, pcm: npt.NDArray[np.int16], block: int) -> tuple[Any, Any]:
    """Feed whole frames, ``block`` at a time, as floats in ±32768."""
    frames = len(pcm) // FRAME_SIZE
    samples = pcm[: frames * FRAME_SIZE].astype(np.float32)
    out, vad = np.empty_like(samples), np.empty(frames, np.float32)
    for first in range(0, frames, block):
        last = min(frames, first + block)
        part = slice(first * FRAME_SIZE, last * FRAME_SIZE)
        backend.process(samples[part], out[part], vad[first:last])
    return out, vad


def digest(values: npt.NDArray[np.float32]) -> str:
    return hashlib.sha256(np.ascontiguousarray(values, dtype="<f4").tobytes()).hexdigest()


@pytest.mark.parametrize("tag", TAGS)
def test_numba_is_bit_identical_to_the_reference_library(
    tag: str, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16], golden: Callable[[str], Any]
) -> None:
    """Audio and speech probabilities of all frames have the recorded digests, in bulk."""
    meta = golden("denoise.json")[tag]
    out, vad = run_backend(NumbaBackend(models[tag]), noisy, 1000)
    assert len(vad) == meta["frames"]
    assert digest(out) == meta["sha256_audio"]
    assert digest(vad) == meta["sha256_vad"]


def test_unrounded_weights_that_are_whole_steps_give_the_bits_of_int8(
    models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """What float weights lose by rounding is measured with the same kernels."""
    model = models["synthetic_c"]
    unrounded = unrounded_network_of(from_int8(model))
    pcm = noisy[: 100 * FRAME_SIZE]
    expected, got = (run_backend(NumbaBackend(weights), pcm, 100) for weights in (model, unrounded))
    assert_bit_identical(got[0], expected[0], "audio")


def test_single_frames_and_blocks_are_bit_identical(models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]) -> None:
    """One frame at a time, padded blocks and whole blocks may take turns on one stream."""
    pcm = noisy[: 200 * FRAME_SIZE]
    model = models["synthetic_b"]
    expected = run_backend(NumbaBackend(model), pcm, 200)
    for block in (1, 9, 19):
        got = run_backend(NumbaBackend(model), pcm, block)
        assert_bit_identical(got[0], expected[0], f"audio, blocks of {block}")
        assert_bit_identical(got[1], expected[1], f"VAD, blocks of {block}")


def stream(
    denoiser: Denoiser, audio: npt.NDArray[Any], lengths: list[int]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32]]:
    """Run ``audio`` through a stream in chunks of ``lengths``, over and over."""
    parts, vads, start, turn = [], [], 0, 0
    while start < len(audio):
        size = lengths[turn % len(lengths)]
        parts.append(denoiser.process(audio[start : start + size]))
        vads.append(denoiser.vad)
        start += size
        turn += 1
    parts.append(denoiser.flush())
    vads.append(denoiser.vad)
    return np.concatenate(parts), np.concatenate(vads)


@pytest.mark.parametrize("length", [1, 479, 480, 481, 959, 960, 961, 10_000])
def test_streams_equal_the_whole_bit_identical(
    length: int, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """Chunks of any length give the samples and probabilities of one call."""
    audio = noisy[: 4_801 if length == 1 else 30_011].astype(np.float32) / PCM_SCALE
    whole = denoise_with_vad(audio, model=models["synthetic_a"], backend="numba")
    with Denoiser(models["synthetic_a"], "numba") as denoiser:
        got, vad = stream(denoiser, audio, [length])
    assert_bit_identical(got, whole.audio)
    assert_bit_identical(vad, whole.vad)
    assert len(whole.vad) == -(-len(audio) // FRAME_SIZE)


@settings(max_examples=15, deadline=None)
@given(lengths=st.lists(st.integers(1, 3_000), min_size=1, max_size=6), size=st.integers(1, 20_000))
def test_streams_of_random_chunks_keep_every_sample(
    lengths: list[int], size: int, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """Whatever the chunks and the length: int16 in, as many int16 out, equal to one call."""
    audio = noisy[:size]
    with Denoiser(models["synthetic_c"], "numba") as denoiser:
        got, _ = stream(denoiser, audio, lengths)
    assert got.dtype == np.int16
    np.testing.assert_array_equal(got, denoise(audio, model=models["synthetic_c"], backend="numba"))


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_resampled_streams_equal_the_whole(
    rate: int, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """Other rates are resampled statefully: chunks give what one call gives, in length and samples."""
    audio = noisy[:40_003].astype(np.float32) / PCM_SCALE
    whole = denoise(audio, rate, models["synthetic_a"], backend="numba")
    assert whole.shape == audio.shape
    assert whole.dtype == np.float32
    for lengths in ([997], [80, 4_411]):
        with Denoiser(models["synthetic_a"], "numba", sample_rate=rate) as denoiser:
            got, _ = stream(denoiser, audio, lengths)
        np.testing.assert_allclose(got, whole, rtol=0, atol=RESAMPLER_TOLERANCE)


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("raw_latency", [False, True])
def test_gated_streams_equal_the_whole_bit_identical(
    raw_latency: bool, cut: bool, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """With a gate that is open from the first frame, late or not, chunks of any length give the bits of one call."""
    audio = noisy[96_000:99_001].astype(np.float32) / PCM_SCALE
    controls = Controls(vad_threshold=0.0, cut=cut, raw_latency=raw_latency)
    whole = denoise(audio, model=models["synthetic_a"], backend="numba", controls=controls)
    assert len(whole) == len(audio) - (FRAME_SIZE if cut and raw_latency else 0)
    assert whole[FRAME_SIZE:].any()
    for length in (1, 480, 481, 1_000):
        with Denoiser(models["synthetic_a"], "numba", controls=controls) as denoiser:
            assert_bit_identical(stream(denoiser, audio, [length])[0], whole, f"chunks of {length}")


RESAMPLER_TOLERANCE = 1e-6  # ±1 audio; soxr promises equality of chunks and whole within rounding


def test_output_has_no_delay(models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]) -> None:
    """Sample n of the output belongs to sample n of the input; raw latency is one frame later."""
    audio = noisy[48_000:96_000]
    plain = denoise(audio, model=models["synthetic_a"], backend="numba")
    raw = denoise(audio, model=models["synthetic_a"], backend="numba", controls=Controls(raw_latency=True))
    assert plain.shape == raw.shape == audio.shape
    np.testing.assert_array_equal(raw[FRAME_SIZE:], plain[:-FRAME_SIZE])
    lags = [np.dot(audio[480:-480].astype(float), np.roll(plain, lag)[480:-480]) for lag in range(-400, 401)]
    assert abs(int(np.argmax(np.abs(lags))) - 400) <= 1


def test_channels_are_independent_bit_identical(models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]) -> None:
    """Each channel of a recording comes out as it would alone, with any number of threads."""
    audio = np.stack([noisy[:24_000], noisy[96_000:120_000]], axis=1).astype(np.float32) / PCM_SCALE
    both = denoise_with_vad(audio, model=models["synthetic_b"], backend="numba")
    threaded = denoise(audio, model=models["synthetic_b"], backend="numba", workers=2)
    assert both.vad.shape == (50, 2)
    assert_bit_identical(both.audio, threaded)
    for channel in range(2):
        alone = denoise_with_vad(audio[:, channel], model=models["synthetic_b"], backend="numba")
        assert_bit_identical(both.audio[:, channel], alone.audio)
        assert_bit_identical(both.vad[:, channel], alone.vad)


def test_process_frame_is_one_frame_late(models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]) -> None:
    """Frame by frame gives the samples of the whole, 480 later, and the probability of the frame put in."""
    audio = noisy[:9_600].astype(np.float32) / PCM_SCALE
    whole = denoise_with_vad(audio, model=models["synthetic_a"], backend="numba")
    with Denoiser(models["synthetic_a"], "numba") as denoiser:
        frames, vads = [], []
        for start in range(0, len(audio), FRAME_SIZE):
            frames.append(denoiser.process_frame(audio[start : start + FRAME_SIZE]))
            vads.append(denoiser.vad[0])
        assert_bit_identical(np.concatenate(frames)[FRAME_SIZE:], whole.audio[:-FRAME_SIZE])
        assert_bit_identical(np.array(vads), whole.vad)
        with pytest.raises(InputError, match="take turns"):
            denoiser.process(audio)
        with pytest.raises(InputError, match="not one frame"):
            denoiser.process_frame(audio[:100])


def test_reset_and_flush_start_anew(models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]) -> None:
    """After flush or reset a denoiser gives what a new one gives."""
    audio = noisy[:5_000]
    with Denoiser(models["synthetic_a"], "numba") as denoiser:
        first = np.concatenate([denoiser.process(audio), denoiser.flush()])
        second = np.concatenate([denoiser.process(audio), denoiser.flush()])
        denoiser.process(audio)
        denoiser.reset()
        third = np.concatenate([denoiser.process(audio), denoiser.flush()])
        assert len(denoiser.flush()) == 0
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, third)


@pytest.mark.parametrize("workers", [1, 2])
def test_closed_denoisers_are_refused(workers: int, models: dict[str, Int8Model]) -> None:
    """After close() or the with block each call is one line that says what to do; closing twice is fine."""
    frame = np.zeros((FRAME_SIZE, 2), np.int16)
    with Denoiser(models["synthetic_a"], "numba", channels=2, workers=workers) as denoiser:
        denoiser.process(frame)
    denoiser.close()
    calls = (lambda: denoiser.process(frame), lambda: denoiser.process_frame(frame), denoiser.flush, denoiser.reset)
    for call in calls:
        with pytest.raises(InputError, match="is closed: make a new Denoiser"):
            call()


def test_integers_saturate_and_floats_do_not(models: dict[str, Int8Model]) -> None:
    """A loud square wave is clipped and counted as int16, and left alone as float."""
    square = np.where(np.arange(9_600) % 160 < 80, 32_767, -32_768).astype(np.int16)
    result = denoise_with_vad(square, model=models["synthetic_c"], backend="numba")
    floats = denoise(square / np.float32(PCM_SCALE), model=models["synthetic_c"], backend="numba")
    expected = np.rint(floats * PCM_SCALE)
    np.testing.assert_array_equal(result.audio, np.clip(expected, -32_768, 32_767))
    assert result.clipped == np.count_nonzero(np.abs(expected + 0.5) > 32_767.5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int16])
def test_dtype_and_shape_are_kept(dtype: Any, models: dict[str, Int8Model]) -> None:
    """Output has the input's dtype and shape, down to a single sample."""
    for shape in ((1,), (479,), (480, 1), (481, 3)):
        audio = np.zeros(shape, dtype)
        got = denoise(audio, model=models["synthetic_a"], backend="numba")
        assert got.dtype == dtype
        assert got.shape == shape


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.zeros(0), "no samples"),
        (np.zeros((480, 0)), "0 channels"),
        (np.zeros((2, 2, 2)), "3 dimensions"),
        (np.zeros(480, np.int32), "int32"),
        (np.array([0.0, np.nan]), "not finite"),
        (np.array([0.0, np.inf]), "not finite"),
        (np.array([0.0, -1e300]), "which no audio does"),
        (np.array([0.0, 3e38], np.float32), "which no audio does"),
        (np.array([0.0, 1e30], np.float32), r"reaches 1e\+30, which no audio does"),
    ],
)
def test_unusable_audio_is_refused(audio: npt.NDArray[Any], message: str, models: dict[str, Int8Model]) -> None:
    """Each kind of bad array gets one line that says what is wrong."""
    with pytest.raises(InputError, match=message):
        denoise(audio, model=models["synthetic_a"], backend="numba")


@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e30])
def test_a_stream_goes_on_after_what_was_refused(value: float, golden_pcm: Any) -> None:
    """A chunk with NaN is one error; without it the stream is as if it had never been there, in pieces and frames."""
    noisy = (golden_pcm("noisy")[48_000:57_600] / np.float32(32_768)).astype(np.float32)
    broken = np.full(FRAME_SIZE, value, np.float32)
    with Denoiser() as denoiser:
        parts = [denoiser.process(noisy[:5_000])]
        with pytest.raises(InputError, match=r"not finite|no audio does"):
            denoiser.process(broken)
        parts += [denoiser.process(noisy[5_000:]), denoiser.flush()]
        np.testing.assert_array_equal(np.concatenate(parts), denoise(noisy))
        frames = []
        for number, frame in enumerate(noisy.reshape(-1, FRAME_SIZE)):
            if number == 7:
                with pytest.raises(InputError, match=r"not finite|no audio does"):
                    denoiser.process_frame(broken)
            frames.append(denoiser.process_frame(frame))
        np.testing.assert_array_equal(np.concatenate(frames)[FRAME_SIZE:], denoise(noisy)[:-FRAME_SIZE])


@pytest.mark.parametrize("rate", [0, -48_000, 100, 10_000_000, 44_100.5, "48000", None, float("nan")])
def test_absurd_rates_are_refused(rate: Any, models: dict[str, Int8Model]) -> None:
    """Rates that no recording has are errors."""
    with pytest.raises(InputError, match="sample rate"):
        denoise(np.zeros(480), rate, models["synthetic_a"], backend="numba")


@pytest.mark.parametrize("given", [{"channels": 0}, {"channels": "2"}, {"channels": 1.0}, {"workers": 0}])
def test_absurd_numbers_are_refused(given: dict[str, Any], models: dict[str, Int8Model]) -> None:
    """Channels and workers are whole numbers, 1 or more."""
    with pytest.raises(InputError, match="give a whole number, 1 or more"):
        Denoiser(models["synthetic_a"], "numba", **given)


def test_suspicious_ranges_warn_once(models: dict[str, Int8Model]) -> None:
    """Floats beyond ±1 warn, and say so when they look like integers."""
    with pytest.warns(UserWarning, match="looks like integers"):
        denoise(np.full(480, 3_000.0), model=models["synthetic_a"], backend="numba")
    with pytest.warns(UserWarning, match="beyond ±1") as caught:
        denoise(np.full(300_000, 1.5), model=models["synthetic_a"], backend="numba")
    assert [warning.filename for warning in caught] == [__file__]


def test_models_are_found_or_asked_for(
    tmp_path: Path, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path works like an object; none at all takes the shipped one, or says that one is required."""
    path = tmp_path / "model.rnnn"
    write_model(models["synthetic_a"], path)
    audio = noisy[:2_000]
    expected = denoise(audio, model=models["synthetic_a"], backend="numba")
    np.testing.assert_array_equal(denoise(audio, model=path, backend="numba"), expected)
    monkeypatch.setattr("rnnoise_py.denoiser.models.default_model_path", lambda: path)
    np.testing.assert_array_equal(denoise(audio, backend="numba"), expected)
    monkeypatch.setattr("rnnoise_py.denoiser.models.default_model_path", lambda: tmp_path / "none")
    with pytest.raises(ModelError, match="a model is required"):
        denoise(audio)
    with pytest.raises(InputError, match="no backend"):
        Denoiser(path, "cuda")


def test_seed_model_is_bit_identical(shared: Path, noisy: npt.NDArray[np.int16], golden: Callable[[str], Any]) -> None:
    """A model that somebody else trained gives the digest recorded with the reference library."""
    import json

    from rnnoise_py.model import read_model

    expected = json.loads((shared / "seed" / "golden.json").read_text())["denoise"]["seed_5h_b_500k"]
    backend = NumbaBackend(read_model(shared / "seed" / "weights_5h_b_500k.hdf5"))
    out, vad = run_backend(backend, noisy, 1000)
    assert digest(out) == expected["sha256_audio"]
    assert digest(vad) == expected["sha256_vad"]


def test_kernels_run_as_plain_python(
    models: dict[str, Int8Model], noisy: npt.NDArray[np.int16], tmp_path: Path
) -> None:
    """With the JIT off, two frames come out with the same bits."""
    import os
    import subprocess
    import sys

    path = tmp_path / "model.rnnn"
    write_model(models["synthetic_a"], path)
    samples = noisy[96_000:96_960].astype(np.float32)
    np.save(tmp_path / "in.npy", samples)
    code = (
        "import sys, numpy as np\n"
        "from rnnoise_py.denoiser.backend import NumbaBackend\n"
        "from rnnoise_py.model import read_model\n"
        "folder = sys.argv[1]\n"
        "samples = np.load(folder + '/in.npy')\n"
        "out, vad = np.empty_like(samples), np.empty(2, np.float32)\n"
        "with np.errstate(all='ignore'):\n"
        "    NumbaBackend(read_model(folder + '/model.rnnn')).process(samples, out, vad)\n"
        "np.savez(folder + '/out.npz', out=out, vad=vad)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
    )
    out, vad = run_backend(NumbaBackend(models["synthetic_a"]), noisy[96_000:96_960], 2)
    got = np.load(tmp_path / "out.npz")
    assert_bit_identical(got["out"], out)
    assert_bit_identical(got["vad"], vad)
