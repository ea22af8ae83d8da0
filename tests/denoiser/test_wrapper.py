"""The class for those who come from RNNoise_Wrapper: same calls, without the known faults."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from rnnoise_py.denoiser import denoise
from rnnoise_py.errors import InputError
from rnnoise_py.model import Int8Model
from rnnoise_py.rnnoise_wrapper import RNNoise, Wav


@pytest.fixture(scope="module")
def model(golden: Callable[[str], Any]) -> Int8Model:
    """A recorded model."""
    activations = golden("denoise.json")["synthetic_a"]["activations"]
    return Int8Model.from_arrays(golden("denoise.npz"), activations, prefix="synthetic_a__")


@pytest.fixture(scope="module")
def pcm(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> npt.NDArray[np.int16]:
    """Two seconds and a bit of noisy speech."""
    return golden_pcm("noisy")[48_000:145_003]


def test_read_filter_write(model: Int8Model, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """The three calls of the usual script keep rate, channels and length, without delay."""
    denoiser = RNNoise(model=model)
    stereo = np.stack([pcm, pcm[::-1]], axis=1)
    noisy = Wav(stereo.tobytes(), 16_000, 2)
    denoiser.write_wav(tmp_path / "noisy.wav", noisy)
    audio = denoiser.read_wav(tmp_path / "noisy.wav")
    assert audio == noisy
    clean = denoiser.filter(audio)
    assert (clean.frame_rate, clean.channels, len(clean.raw_data)) == (16_000, 2, len(noisy.raw_data))
    expected = denoise(stereo, 16_000, model)
    np.testing.assert_array_equal(np.frombuffer(clean.raw_data, np.int16).reshape(-1, 2), expected)
    assert denoiser.read_wav(tmp_path / "noisy.wav", 8_000).frame_rate == 8_000


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "DOUBLE"])
def test_open_streams_are_read_as_files_are(subtype: str, pcm: npt.NDArray[np.int16], tmp_path: Path) -> None:
    """Samples of an open stream are the file's, whatever its coding; silence is not made of floats."""
    path = tmp_path / "noisy.wav"
    soundfile.write(path, pcm / 32_768, 16_000, subtype)
    denoiser = RNNoise()
    with path.open("rb") as stream:
        assert denoiser.read_wav(stream) == denoiser.read_wav(path) == Wav(pcm.tobytes(), 16_000)


def test_unusable_streams_are_refused() -> None:
    """NaN and rubbish in an open stream are one-line errors, as in a file."""
    broken = io.BytesIO()
    soundfile.write(broken, np.full(480, np.nan, np.float32), 48_000, "FLOAT", format="WAV")
    broken.seek(0)
    for stream, message in ((broken, "not finite"), (io.BytesIO(b"no audio at all"), "cannot be read as audio")):
        with pytest.raises(InputError, match=message):
            RNNoise().read_wav(stream)


def test_frames_are_bytes(model: Int8Model, pcm: npt.NDArray[np.int16]) -> None:
    """filter_frame gives a probability and 480 samples, one frame late; reset starts anew."""
    denoiser = RNNoise(model=model)
    expected = denoise(pcm, model=model)
    for _ in range(2):
        frames = [denoiser.filter_frame(pcm[start : start + 480].tobytes()) for start in range(0, 9_600, 480)]
        audio = np.frombuffer(b"".join(frame for _, frame in frames), np.int16)
        np.testing.assert_array_equal(audio[480:], expected[:9_120])
        assert all(0 <= probability <= 1 for probability, _ in frames)
        denoiser.reset()
    with pytest.raises(InputError, match="960"):
        denoiser.filter_frame(bytes(100))


def test_pieces_of_a_stream_have_no_seams(model: Int8Model, pcm: npt.NDArray[np.int16]) -> None:
    """Bytes piece by piece, then flush, equal the whole; whole calls in a row warn."""
    denoiser = RNNoise(model=model)
    for rate in (48_000, 8_000):
        parts = [
            denoiser.filter(pcm[start : start + 1_000].tobytes(), rate, stream=True)
            for start in range(0, len(pcm), 1_000)
        ]
        whole = denoise(pcm, rate, model)
        got = np.frombuffer(b"".join([*parts, denoiser.flush()]), np.int16)
        assert len(got) == len(pcm)
        assert np.abs(got.astype(int) - whole).max() <= 1  # resampled chunks may round differently
    assert denoiser.flush() == b""
    assert len(denoiser.filter(pcm[:999].tobytes(), 48_000)) == 2 * 999
    with pytest.warns(UserWarning, match="stream=True"):
        denoiser.filter(pcm[:999].tobytes(), 48_000)


def test_threshold_mutes_and_keeps_the_length(model: Int8Model, pcm: npt.NDArray[np.int16]) -> None:
    """voice_prob_threshold deletes nothing by default, and cuts when asked to."""
    denoiser = RNNoise(model=model)
    audio = Wav(pcm.tobytes(), 48_000)
    muted = denoiser.filter(audio, voice_prob_threshold=1.0)
    assert len(muted.raw_data) == len(audio.raw_data)
    assert not any(muted.raw_data)
    assert denoiser.filter(audio, voice_prob_threshold=1.0, cut=True).raw_data == b""
    assert denoiser.filter(Wav(pcm.tobytes(), 24_000), save_source_sample_rate=False).frame_rate == 48_000


def test_audio_segments_are_taken(model: Int8Model, pcm: npt.NDArray[np.int16]) -> None:
    """Anything with an AudioSegment's attributes comes back as one."""

    class Segment:
        frame_rate, channels, sample_width = 48_000, 1, 2

        def __init__(self, raw_data: bytes) -> None:
            self.raw_data = raw_data

        def _spawn(self, data: bytes, overrides: dict[str, int]) -> "Segment":
            assert overrides == {"frame_rate": 48_000}
            return Segment(data)

    got = RNNoise(model=model).filter(Segment(pcm.tobytes()))
    assert isinstance(got, Segment)
    np.testing.assert_array_equal(np.frombuffer(got.raw_data, np.int16), denoise(pcm, model=model))


def test_unusable_audio_is_refused(model: Int8Model, tmp_path: Path) -> None:
    """Bytes without a rate, half samples, other widths and things that are no audio get one line each."""
    denoiser = RNNoise(model=model)
    cases: tuple[tuple[Any, Any, str], ...] = (
        (b"\0\0", None, "sample_rate"),
        (b"\0", 48_000, "whole number"),
        (3, None, "no audio"),
        (Wav(b"\0\0\0\0", 48_000, 1, 4), None, "32 bits"),
        (b"", 48_000, "no samples"),
        (Wav(b"\0\0", 48_000, 0), None, "0 channels"),
        (Wav(b"\0\0", 0), None, "sample rate 0"),
        (b"\0\0", "48000", "sample rate '48000'"),
    )
    for audio, rate, message in cases:
        with pytest.raises(InputError, match=message):
            denoiser.filter(audio, rate)
    with pytest.raises(InputError, match="sample rate 0"):
        denoiser.write_wav(tmp_path / "out.wav", b"\0\0", 0)
    denoiser.write_wav(tmp_path / "good.wav", b"\0\0", 48_000)
    with pytest.raises(InputError, match="sample rate 0"):
        denoiser.read_wav(tmp_path / "good.wav", 0)
    assert not (tmp_path / "out.wav").exists()
    empty = io.BytesIO()
    soundfile.write(empty, np.zeros(0, np.int16), 48_000, format="WAV")
    empty.seek(0)
    with pytest.raises(InputError, match="the stream holds no samples"):
        denoiser.read_wav(empty)
    with pytest.raises(InputError, match="cannot read"):
        denoiser.read_wav(tmp_path / "none.wav")
