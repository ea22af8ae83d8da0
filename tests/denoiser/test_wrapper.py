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
    """Bytes piece by piece, then flush, equal the whole, without delay when that is asked for."""
    denoiser = RNNoise(model=model)
    for rate in (48_000, 8_000):
        whole = denoise(pcm, rate, model)
        for stream in (True, False):
            parts = [
                denoiser.filter(pcm[start : start + 1_000].tobytes(), rate, stream=stream)
                for start in range(0, len(pcm), 1_000)
            ]
            late = 0 if stream else rate // 100
            got = np.frombuffer(b"".join([*parts, denoiser.flush()]), np.int16)[late:]
            assert len(got) == len(pcm)
            apart = np.abs(got.astype(int) - whole)
            assert apart[100:-100].max() <= 1  # resampled chunks may round differently
            assert apart.max() <= (1 if stream else 16)  # before and after are 10 ms of the denoiser
    assert denoiser.flush() == b""


def test_bytes_keep_the_state_from_call_to_call(model: Int8Model, pcm: npt.NDArray[np.int16]) -> None:
    """At 48 kHz each piece comes back at its own length, 10 ms late: what filter_frame gives, frame by frame."""
    frames, pieces = RNNoise(model=model), RNNoise(model=model)
    data = pcm[:96_000].tobytes()
    expected = b"".join(frames.filter_frame(data[start : start + 960])[1] for start in range(0, len(data), 960))
    got = [pieces.filter(data[start : start + 1_920], 48_000) for start in range(0, len(data), 1_920)]
    assert all(len(piece) == 1_920 for piece in got)
    assert b"".join(got) == expected
    assert len(pieces.flush()) == 960
    assert pieces.filter(data[:1_920], 48_000) == expected[:1_920]  # from nothing
    pieces.reset()
    assert pieces.filter(data[:1_920], 48_000) == expected[:1_920]
    pieces.filter(bytes(320), 8_000)  # another rate: another stream
    assert pieces.filter(data[:1_920], 48_000) == expected[:1_920]
    assert pieces.filter(b"", 48_000) == b""
    assert pieces.filter(data[1_920:3_840], 48_000) == expected[1_920:3_840]
    up = [pieces.filter(data[start : start + 640], 16_000, save_source_sample_rate=False) for start in (0, 640, 1_280)]
    assert len(b"".join([*up, pieces.flush()])) == 3 * 3 * 640 + 960


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Three seconds and 7 ms of white noise at 8 kHz."""
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "noisy.wav", 0.05 * rng.normal(size=24_056), 8_000)
    return tmp_path / "noisy.wav"


@pytest.mark.parametrize("rate", [None, 48_000])
def test_the_published_streaming_loop_runs(rate: int | None, recording: Path, tmp_path: Path) -> None:
    """Length and slices in ms, raw_data piece by piece, the rest at the end; of 48 kHz nothing is inside but 10 ms."""
    denoiser = RNNoise(model="synthetic")
    audio = denoiser.read_wav(recording, sample_rate=rate)
    assert len(audio) == 3_007
    denoised, buffer_ms = b"", 20
    for i in range(buffer_ms, len(audio), buffer_ms):
        denoised += denoiser.filter(audio[i - buffer_ms : i].raw_data, sample_rate=audio.frame_rate)
    if len(audio) % buffer_ms != 0:
        rest = audio[len(audio) - (len(audio) % buffer_ms) :]
        denoised += denoiser.filter(rest.raw_data, sample_rate=audio.frame_rate)
    denoised += denoiser.flush()
    assert len(denoised) == len(audio.raw_data) + 2 * audio.frame_rate // 100
    denoiser.write_wav(tmp_path / "clean.wav", denoised, sample_rate=audio.frame_rate)
    whole = denoiser.filter(audio)
    late = np.frombuffer(denoised, np.int16)[audio.frame_rate // 100 :]
    apart = np.abs(late.astype(int) - np.frombuffer(whole.raw_data, np.int16))
    assert apart[100:-100].max() <= 1
    assert rate is None or not apart.any()  # else before and after are 10 ms of the denoiser


def test_what_is_still_inside_is_said(recording: Path, tmp_path: Path) -> None:
    """A loop without flush loses what is being resampled: write_wav says so; at 48 kHz it is silent."""
    denoiser = RNNoise()
    audio = denoiser.read_wav(recording)
    pieces = denoiser.filter(audio.raw_data, 8_000)
    with pytest.warns(UserWarning, match=r"the last \d+ ms .* denoiser.flush"):
        denoiser.write_wav(tmp_path / "out.wav", pieces, 8_000)
    denoiser.write_wav(tmp_path / "out.wav", pieces + denoiser.flush(), 8_000)
    denoiser.write_wav(tmp_path / "out.wav", denoiser.filter(bytes(96_000), 48_000), 48_000)


def test_the_published_comparison_runs() -> None:
    """Pieces of 20 ms leave no more noise than the whole: the network is not woken anew in each piece."""
    rng = np.random.default_rng(0)
    noise = (0.05 * 32_767 * rng.normal(size=3 * 48_000)).astype("<i2")
    denoiser = RNNoise()
    out = b"".join(denoiser.filter(noise[i : i + 960].tobytes(), sample_rate=48_000) for i in range(0, len(noise), 960))

    def level(pcm: npt.NDArray[np.int16]) -> float:
        return float(20 * np.log10(np.sqrt((pcm[48_000:].astype(float) ** 2).mean()) / 32_768))

    assert level(np.frombuffer(out, "<i2")) < level(noise) - 25
    assert level(np.frombuffer(out, "<i2")) == pytest.approx(level(denoise(noise)), abs=0.1)


def test_audio_has_a_length_and_slices_in_milliseconds(pcm: npt.NDArray[np.int16]) -> None:
    """As of an AudioSegment: rounded length, equal contents, joined pieces, no sample lost between them."""
    audio = Wav(pcm[:44_111].tobytes(), 44_100)
    assert len(audio) == 1_000
    assert audio.frame_count() == 44_111
    assert len(audio[:250]) == 250
    assert audio[-100:] == audio[900:]
    assert audio[900:].raw_data == pcm[39_690:44_111].tobytes()
    assert audio[400:5_000] == audio[400:]
    assert audio[300:200].raw_data == audio[:0].raw_data == b""
    assert audio[1_000:].raw_data == pcm[44_100:44_111].tobytes()  # less than a millisecond is left
    assert audio[5].raw_data == pcm[220:264].tobytes() == audio[-995].raw_data
    pieces = [audio[start : start + 30] for start in range(0, len(audio), 30)]
    joined = pieces[0]
    for piece in pieces[1:]:
        joined += piece
    assert joined == audio
    assert b"".join(piece.raw_data for piece in audio) == audio.raw_data
    with pytest.raises(IndexError):
        audio[1_000]
    with pytest.raises(InputError, match="step"):
        audio[::20]
    with pytest.raises(InputError, match=r"44100 Hz.*48000 Hz"):
        audio + Wav(b"", 48_000)
    with pytest.raises(TypeError):
        audio + b""  # type: ignore[operator]
    nothing = Wav(b"", 44_100)
    assert RNNoise().filter(nothing) == nothing


def test_bytes_of_two_channels_are_not_taken_for_one(pcm: npt.NDArray[np.int16]) -> None:
    """The loop over a stereo recording is refused and says what to do, rather than making noise of it."""
    stereo = Wav(np.stack([pcm[:4_800], pcm[4_800:9_600]], axis=1).tobytes(), 48_000, 2)
    assert len(stereo) == 100
    denoiser = RNNoise()
    with pytest.raises(InputError, match=r"2 channels.*set_channels\(1\)"):
        denoiser.filter(stereo[:20].raw_data, 48_000)
    mono = stereo.set_channels(1)
    assert len(mono) == 100
    np.testing.assert_array_equal(
        np.frombuffer(mono.raw_data, np.int16),
        np.rint((pcm[:4_800].astype(float) + pcm[4_800:9_600]) / 2).astype(np.int16),
    )
    assert len(denoiser.filter(mono[:20].raw_data, 48_000)) == 1_920
    with pytest.raises(InputError, match="only 16 bits become mono"):
        stereo.set_channels(2)


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
