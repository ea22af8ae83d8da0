"""What libsndfile cannot read: with PyAV, and without."""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.audio import decode_int16, list_audio_files, open_audio, open_pcm
from rnnoise_py.audio.pyav import kind_of
from rnnoise_py.errors import InputError

RATE = 48_000
SECONDS = 2

#: suffix: FFmpeg's encoder and muxer, and the largest error of a tone
FILES = {
    ".m4a": ("aac", "ipod", 0.05),
    ".aac": ("aac", "adts", 0.05),
    ".webm": ("libopus", "webm", 0.05),
    ".mka": ("pcm_s16le", "matroska", 1e-4),
    ".wma": ("wmav2", "asf", 0.05),
    ".wv": ("wavpack", "wv", 1e-4),
    ".tta": ("tta", "tta", 1e-4),
    ".ac3": ("ac3", "ac3", 0.05),
}


def tone(channels: int = 1) -> npt.NDArray[np.float32]:
    """Two seconds of a sine at 440 Hz, faded in and out, (channels, samples)."""
    time = np.arange(SECONDS * RATE) / RATE
    wave = 0.3 * np.sin(2 * np.pi * 440 * time) * np.minimum(1, 10 * np.minimum(time, SECONDS - time))
    return np.tile(wave.astype(np.float32), (channels, 1))


def encoded(suffix: str, channels: int = 1) -> bytes:
    """Return a tone as a file of this kind; skips where FFmpeg was built without its encoder."""
    av = pytest.importorskip("av", reason="PyAV is not installed")
    codec, container, _ = FILES[suffix]
    stream = io.BytesIO()
    try:
        with av.open(stream, "w", format=container) as output:
            audio = output.add_stream(codec, rate=RATE, layout="mono" if channels == 1 else "stereo")
            known = [form.name for form in audio.codec_context.codec.audio_formats or []]
            form = next((name for name in ("fltp", "flt", "s16p", "s16") if name in known), "fltp")
            audio.codec_context.format = form
            audio.codec_context.bit_rate = 128_000
            frame = av.AudioFrame.from_ndarray(tone(channels), "fltp", "mono" if channels == 1 else "stereo")
            frame.sample_rate = RATE
            resampler = av.AudioResampler(form, frame.layout, RATE, audio.codec_context.frame_size or 1024)
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                output.mux(audio.encode(part))
            output.mux(audio.encode(None))
    except (av.FFmpegError, ValueError) as error:
        pytest.skip(f"not here: this FFmpeg writes no {suffix} ({error})")
    return stream.getvalue()


def _error(found: npt.NDArray[Any], expected: npt.NDArray[Any]) -> float:
    """Largest difference at the best of the delays that encoders make."""
    middle = expected[RATE // 2 : RATE]
    return min(float(np.abs(found[RATE // 2 + d : RATE + d] - middle).max()) for d in range(0, 4_000, 1))


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("channels", [1, 2])
def test_other_formats_are_read(suffix: str, channels: int, tmp_path: Path) -> None:
    """All of the audio, at its scale, in a stream of a folder as alone."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(encoded(suffix, channels))
    with open_audio(path) as audio:
        assert (audio.rate, audio.channels, audio.shortfall) == (RATE, channels, "")
        stated, samples = audio.frames, audio.read(-1)
        assert len(samples) == stated >= SECONDS * RATE - 2_048
        assert len(audio.read(10)) == 0
        for channel in range(channels):
            assert _error(samples[:, channel], tone()[0]) < FILES[suffix][2]
        audio.seek(70_000)
        assert np.allclose(audio.read(1_000), samples[70_000:71_000], atol=1e-3)
    assert list_audio_files(tmp_path) == [path]
    with open_pcm(tmp_path) as stream:
        assert stream.samples == stated
        assert np.array_equal(stream.read(0, stated), decode_int16(path))


@pytest.mark.parametrize("suffix", FILES)
def test_other_formats_cut_short(suffix: str, tmp_path: Path) -> None:
    """What is there, and a word; or an error that names the file."""
    content = encoded(suffix)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content[: len(content) // 2 + 33])
    try:
        with open_audio(path) as audio:
            assert len(audio.read(-1)) == audio.frames < SECONDS * RATE
            said = audio.shortfall
    except InputError as error:
        said = str(error)
    assert "cut short" in said or "damaged" in said or str(path) in said or suffix == ".ac3"  # which states no length


@pytest.mark.parametrize("suffix", FILES)
def test_without_pyav_the_error_says_how(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kind, what to install, and how to do without."""
    path = tmp_path / f"my talk{suffix}"
    path.write_bytes(encoded(suffix))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(InputError, match="which needs PyAV: pip install av; or convert it: ffmpeg -i ") as caught:
        open_audio(path)
    assert str(caught.value).startswith(f"{path} is ")
    (tmp_path / "b.webm").write_bytes(b"\x1aE\xdf\xa3" + bytes(100))
    with pytest.raises(InputError, match="is Matroska or WebM, which needs PyAV"):
        open_audio(tmp_path / "b.webm")


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsecret.wav\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile secret.wav\n",
        b"[playlist]\nFile1=secret.wav\n",
        b'<?xml version="1.0"?><MPD></MPD>',
    ],
)
def test_lists_of_other_files_are_no_audio(content: bytes, tmp_path: Path) -> None:
    """FFmpeg would open what a playlist names; here such a file is not given to it."""
    pytest.importorskip("av", reason="PyAV is not installed")
    path = tmp_path / "a.m4a"
    path.write_bytes(content)
    assert kind_of(content) is None
    with pytest.raises(InputError, match=r"cannot be read as audio|is an XML document"):
        open_audio(path)


def test_a_video_without_sound_is_named(tmp_path: Path) -> None:
    """No audio stream, or garbage behind a good beginning: one line."""
    pytest.importorskip("av", reason="PyAV is not installed")
    path = tmp_path / "a.m4a"
    path.write_bytes(b"\0\0\0\x18ftypM4A \0\0\0\0" + bytes(500))
    with pytest.raises(InputError, match=r"cannot be read as MPEG-4 \(M4A\)"):
        open_audio(path)
