"""The one conversion to 16 bits, the one downmix, resampling to the very end, and the WAV that we write ourselves."""

import io
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from rnnoise_py.audio import AudioDecoder, decode_int16, downmix, open_audio, to_int16
from rnnoise_py.audio.decode import BLOCK_FRAMES, mono_blocks
from rnnoise_py.audio.wav import wav_bytes
from rnnoise_py.errors import InputError
from tests.audio_files import pcm

LIMITS = np.iinfo(np.int16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-32_767, -32_767),
        (-32_768, LIMITS.min),
        (-32_768.4, LIMITS.min),
        (-32_768.6, LIMITS.min),
        (-32_769, LIMITS.min),
        (-1e9, LIMITS.min),
        (32_766, 32_766),
        (32_767, LIMITS.max),
        (32_767.4, LIMITS.max),
        (32_767.6, LIMITS.max),
        (32_768, LIMITS.max),
        (1e9, LIMITS.max),
    ],
)
def test_each_limit_alone(value: float, expected: int, dtype: Any) -> None:
    """Full scale is −32768 … 32767; only what rounds to more is clipped, and counted."""
    samples = np.array([0.0, value / 32_768, 0.25]).astype(dtype)
    before = samples.copy()
    converted, clipped = to_int16(samples)
    assert converted.tolist() == [0, expected, 8_192]
    assert clipped == (round(value) not in range(LIMITS.min, LIMITS.max + 1))
    assert np.array_equal(samples, before)


def test_every_16_bit_value_comes_back() -> None:
    """Division by 32768 is exact both ways."""
    values = np.arange(LIMITS.min, LIMITS.max + 1)
    for dtype in (np.float32, np.float64):
        converted, clipped = to_int16((values / 32_768).astype(dtype))
        assert np.array_equal(converted, values)
        assert clipped == 0
    assert to_int16(np.zeros(0, np.float32))[0].shape == (0,)
    assert to_int16(np.full((3, 2), 2.0))[1] == 6


def test_downmix_is_the_mean() -> None:
    """One channel as it is; more in float64, whatever they were."""
    frames = np.random.default_rng(1).uniform(-1, 1, (100, 3)).astype(np.float32)
    assert np.allclose(downmix(frames), frames.astype(np.float64).mean(axis=1), rtol=0, atol=1e-15)
    assert downmix(frames).dtype == np.float64
    assert np.shares_memory(downmix(frames[:, :1]), frames)


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
@pytest.mark.parametrize(
    "length", [1, 2, 479, 480, 481, 10_000, BLOCK_FRAMES - 1, BLOCK_FRAMES, BLOCK_FRAMES + 1, 2 * BLOCK_FRAMES]
)
def test_resampling_to_the_very_end(rate: int, length: int, tmp_path: Path) -> None:
    """Whatever the length, the file is as long and ends as soxr's one shot over the whole of it: loud to the end."""
    samples = (0.4 * np.cos(np.arange(length) * 0.7)).astype(np.float32)
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, rate, "FLOAT")
    expected, _ = to_int16(soxr.resample(samples, rate, 48_000, quality="HQ"))
    assert len(expected) == pytest.approx(length * 48_000 / rate, abs=1)
    if not len(expected):
        with pytest.raises(InputError, match="holds no samples"):
            decode_int16(path)
        return
    with AudioDecoder(path) as decoder:
        blocks = list(decoder.blocks())
        assert decoder.samples == len(expected)
    assert np.array_equal(np.concatenate(blocks), expected)
    assert np.abs(expected[-300:]).max() > 3_000 or length < 300


@pytest.mark.parametrize("frames", [1, 1_000, BLOCK_FRAMES, BLOCK_FRAMES + 5, None])
def test_some_frames_from_somewhere(frames: int | None, tmp_path: Path) -> None:
    """``mono_blocks`` reads so many frames from where the file stands."""
    samples = pcm(3 * BLOCK_FRAMES)
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 48_000)
    with open_audio(path) as audio:
        audio.seek(12_345)
        found = np.concatenate(list(mono_blocks(audio, 48_000, frames)))
    end = None if frames is None else 12_345 + frames
    assert np.array_equal(found * 32_768, samples[12_345:end, 0])


@pytest.mark.parametrize("count", [0, 1, 479, 48_000])
@pytest.mark.parametrize("rate", [8_000, 48_000, 192_000])
def test_wav_header_field_by_field(count: int, rate: int) -> None:
    """As the format's description has it, and as Python's and libsndfile's readers see it."""
    samples = pcm(count)[:, 0]
    content = wav_bytes(samples, rate)
    fields = struct.unpack("<4sI4s4sIHHIIHH4sI", content[:44])
    assert fields == (
        b"RIFF",
        len(content) - 8,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        rate,
        2 * rate,
        2,
        16,
        b"data",
        len(content) - 44,
    )
    assert len(content) == 44 + 2 * count
    with wave.open(io.BytesIO(content)) as file:
        assert file.getparams()[:4] == (1, 2, rate, count)
        assert file.readframes(count) == samples.astype("<i2").tobytes()
    if count:
        found, found_rate = soundfile.read(io.BytesIO(content), dtype="int16")
        assert (found_rate, np.array_equal(found, samples)) == (rate, True)


def test_wav_beyond_what_its_header_can_state() -> None:
    """More than 4 GiB is refused before any of it is copied."""
    with pytest.raises(InputError, match="do not fit into one WAV file"):
        wav_bytes(np.broadcast_to(np.int16(0), (1 << 31,)), 48_000)
