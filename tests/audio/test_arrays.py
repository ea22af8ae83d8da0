"""A user's array is checked once, in one wording, by everything that takes one."""

import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py import denoise, extract_features, training_rows
from rnnoise_py.audio.arrays import MAX_CHANNELS, check_array, check_range
from rnnoise_py.denoiser import Denoiser
from rnnoise_py.errors import InputError
from rnnoise_py.report.metrics import si_sdr

#: everything public that takes an array, with one channel
TAKERS: dict[str, Callable[[Any], Any]] = {
    "denoise": denoise,
    "process": lambda audio: Denoiser().process(audio),
    "extract_features": extract_features,
    "clean": lambda audio: training_rows(audio, np.zeros(480, np.int16), 1),
    "noise": lambda audio: training_rows(np.zeros(480, np.int16), audio, 1),
    "si_sdr": lambda audio: si_sdr(audio, audio),
}


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize(
    ("audio", "words"),
    [
        (np.zeros(480, np.int32), r"has dtype int32: give int16, or float in ±1, here x / 2147483648$"),
        (np.zeros(480, np.uint8), r"has dtype uint8: .*- 128\) / 128$"),
        (np.zeros(480, np.int64), r"has dtype int64: .*astype\(np.int16\) if its values are 16-bit"),
        (np.zeros(480, np.complex64), r"has dtype complex64: give int16, or float in ±1$"),
        (np.zeros(480, bool), "has dtype bool"),
        (np.zeros((3, 4, 5)), "has 3 dimensions"),
        (np.array(0.5), "has 0 dimensions"),
        (np.full(480, np.nan), "holds samples that are not finite"),
        (np.full(480, -np.inf, np.float32), "holds samples that are not finite"),
        (np.full(480, 1e300), r"reaches 1e\+300, which no audio does"),
    ],
)
def test_every_taker_says_the_same(taker: str, audio: Any, words: str) -> None:
    """What is wrong with an array, in the same words wherever it is given."""
    with pytest.raises(InputError, match=words) as caught:
        TAKERS[taker](audio)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("taker", [taker for taker in TAKERS if taker != "process"])
def test_no_samples(taker: str) -> None:
    """Nothing is nothing; only a stream takes an empty chunk."""
    with pytest.raises(InputError, match="holds no samples: give at least"):
        TAKERS[taker](np.zeros(0, np.int16))


@pytest.mark.parametrize("taker", [taker for taker in TAKERS if taker not in ("clean", "noise")])
@pytest.mark.parametrize("audio", ["noisy.wav", [[0.0], [0.0, 1.0]], {"a": 1}, None])
def test_what_is_no_array(taker: str, audio: Any) -> None:
    """Names of files, ragged lists and other objects are one line, not numpy's traceback."""
    with pytest.raises(InputError, match=r"give int16|give an array"):
        TAKERS[taker](audio)


@pytest.mark.parametrize("shape", [(2, 480), (2, 24_000), (1, 2), (2, 480_000), (64, 65), (100, 65), (1, 48_000)])
def test_channels_first_is_refused_at_once(shape: tuple[int, int]) -> None:
    """As librosa, torchaudio and others have it: no time, no memory, and what to do."""
    audio = np.zeros(shape, np.float32)
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(
        InputError, match=rf"{shape[1]} channels of {shape[0]} samples.*\(channels, samples\)\? pass x\.T"
    ):
        denoise(audio)
    spent, peak = time.perf_counter() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spent < 0.1
    assert peak < 1 << 20


@pytest.mark.parametrize("shape", [(0, 2), (1, 1), (2, 2), (64, 64), (10_000, MAX_CHANNELS)])
def test_plausible_shapes_pass(shape: tuple[int, int]) -> None:
    """At most as many channels as samples, and at most 64."""
    assert check_array(np.zeros(shape, np.int16)).shape == shape


@pytest.mark.parametrize("chunk", [(0, 2), (1, 2), (480, 2)])
def test_a_stream_knows_its_channels(chunk: tuple[int, int]) -> None:
    """Short chunks of a stream may have more channels than samples; chunks turned round are told how to turn."""
    assert check_array(np.zeros(chunk), channels=2).shape == chunk
    with pytest.raises(
        InputError, match=r"480 channels, but this stream has 2: is it \(channels, samples\)\? pass x\.T"
    ):
        check_array(np.zeros((2, 480)), channels=2)
    with pytest.raises(InputError, match=r"3 channels, but this stream has 2$"):
        check_array(np.zeros((480, 3)), channels=2)
    with pytest.raises(InputError, match=r"1 channel, but this stream has 2: give \(samples, 2\)"):
        check_array(np.zeros(480), channels=2)


@pytest.mark.parametrize("taker", ["extract_features", "clean", "noise", "si_sdr"])
def test_one_channel_is_one_dimension(taker: str) -> None:
    """Rows, features and metrics are of one channel."""
    with pytest.raises(InputError, match=r"has 2 dimensions, \(480, 2\): give one channel, one-dimensional"):
        TAKERS[taker](np.zeros((480, 2), np.int16))


@pytest.mark.parametrize("dtype", [np.int16, np.float16, np.float32, np.float64])
def test_byte_order_does_not_matter(dtype: Any) -> None:
    """Arrays of the other byte order have the same samples."""
    native = np.arange(-4, 5).astype(dtype) / (1 if dtype is np.int16 else 8)
    native = native.astype(dtype)
    other = native.astype(native.dtype.newbyteorder())
    taken = check_array(other)
    assert taken.dtype == dtype
    assert taken.dtype.isnative
    assert np.array_equal(taken, native)
    assert check_array(native) is native


def _said(audio: npt.NDArray[Any], **options: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warned = check_range(audio, "x", **options)
    assert warned == bool(caught)
    return [str(warning.message) for warning in caught]


def test_ranges() -> None:
    """±1 is full scale; beyond it one warning that says what becomes of it, and int16 has no beyond."""
    assert _said(np.array([1.0, -1.0])) == []
    assert _said(np.array([-32_768, 32_767], np.int16)) == []
    assert _said(np.zeros(0)) == []
    assert _said(np.array([0.0, -1.5])) == ["x reaches ±1.5, beyond ±1: it is used as it is, and not clipped"]
    clipped = "x reaches ±2, beyond ±1: 2 of 3 samples are clipped to 16 bits"
    assert _said(np.array([1.5, 1, -2]), clips=True) == [clipped]
    integers = "x reaches 8.1: it looks like integers; floats are taken as ±1, int16 as int16"
    assert _said(np.array([8.1])) == _said(np.array([8.1]), clips=True) == [integers]
    assert _said(np.array([8.0]))[0].startswith("x reaches ±8, beyond ±1")
    assert _said(np.array([8.1]), warns=False) == []
