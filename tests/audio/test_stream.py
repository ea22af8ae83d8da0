"""Decoding to 48 kHz mono int16, and streams over files, folders and arrays."""

import threading
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr

from rnnoise_py.audio import ArrayPcm, decode_int16, open_pcm, to_int16
from rnnoise_py.errors import InputError, OutputError

Int16 = npt.NDArray[np.int16]


def _ramp(count: int, seed: int = 1) -> Int16:
    return np.random.default_rng(seed).integers(-32768, 32768, count).astype(np.int16)


def test_to_int16_rounds_half_to_even_and_saturates() -> None:
    """Ties go to the even value; values beyond are clipped and counted."""
    lsb = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 32766.5, 32767.5, -32768.5, -32769.0, 40000.0]) / 32768
    pcm, clipped = to_int16(lsb)
    assert pcm.tolist() == [0, 2, 2, 0, -2, 32766, 32767, -32768, -32768, 32767]
    assert clipped == 3


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".aiff", ".au", ".caf", ".w64"])
def test_16_bit_48_khz_mono_passes_unchanged(tmp_path: Path, suffix: str) -> None:
    """What is already 16-bit 48 kHz mono is not touched, in any container."""
    pcm = _ramp(5_000)
    soundfile.write(tmp_path / f"a{suffix}", pcm, 48_000, subtype="PCM_16")
    assert np.array_equal(decode_int16(tmp_path / f"a{suffix}"), pcm)
    with open_pcm(tmp_path / f"a{suffix}") as stream:
        assert np.array_equal(stream.read(0, stream.samples), pcm)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_width_means_the_same(tmp_path: Path, subtype: str) -> None:
    """8 to 64 bits: values that int16 can hold come out as they are."""
    pcm = (_ramp(4_000) // 256 * 256).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", pcm / 32768, 48_000, subtype=subtype)
    assert np.array_equal(decode_int16(tmp_path / "a.wav"), pcm)
    with open_pcm(tmp_path / "a.wav") as stream:
        assert np.array_equal(stream.read(0, stream.samples), pcm)


@pytest.mark.parametrize("channels", [2, 3, 8])
def test_channels_are_averaged_not_interleaved(tmp_path: Path, channels: int) -> None:
    """The result is the mean of the channels, ties to even."""
    frames = np.random.default_rng(2).integers(-3000, 3000, (4_000, channels)).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", frames, 48_000)
    expected = np.rint(frames.astype(np.float64).mean(axis=1)).astype(np.int16)
    assert np.array_equal(decode_int16(tmp_path / "a.wav"), expected)
    with open_pcm(tmp_path / "a.wav") as stream:
        assert np.array_equal(stream.read(100, 500), expected[100:600])
        assert len(stream.notes) == 1
        assert stream.notes[0].endswith(f"1 file converted to 48 kHz mono ({channels} channels)")


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000, 192_000])
def test_streaming_resampler_equals_one_shot(tmp_path: Path, rate: int) -> None:
    """Blocks leave no seams: the same as soxr HQ over the whole file."""
    x = (0.3 * np.random.default_rng(3).standard_normal(200_000)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", x, rate, subtype="FLOAT")
    expected = to_int16(soxr.resample(x, rate, 48_000, quality="HQ"))[0]
    assert np.array_equal(decode_int16(tmp_path / "a.wav"), expected)


def test_clipping_in_conversion_is_counted(tmp_path: Path) -> None:
    """Float samples beyond ±1 saturate, and the stream says how many."""
    x = np.zeros(1_000, np.float32)
    x[10:15], x[20:22] = 1.5, -2.0
    soundfile.write(tmp_path / "a.wav", x, 48_000, subtype="FLOAT")
    with open_pcm(tmp_path / "a.wav") as stream:
        assert stream.clipped == 7
        assert stream.read(9, 3).tolist() == [0, 32767, 32767]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    """NaN and infinity cannot be converted."""
    x = np.zeros(100_000, np.float32)
    x[70_000] = value
    soundfile.write(tmp_path / "a.wav", x, 48_000, subtype="FLOAT")
    with pytest.raises(InputError, match="not finite"):
        open_pcm(tmp_path / "a.wav")


def test_absurd_doubles_are_clipped_or_refused_without_words_of_numpy(tmp_path: Path) -> None:
    """Doubles that overflow in scaling are clipped, those that overflow in resampling one line; no raw warning."""
    for rate in (48_000, 16_000):
        soundfile.write(tmp_path / f"{rate}.wav", np.full(960, 1e305), rate, "DOUBLE")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (decode_int16(tmp_path / "48000.wav") == 32_767).all()
        with pytest.raises(InputError, match="overflows in resampling"):
            decode_int16(tmp_path / "16000.wav")


@pytest.mark.parametrize("head", [b"RIFF", b"fLaC", b"OggS"])
def test_header_in_bare_pcm_is_refused(tmp_path: Path, head: bytes) -> None:
    """A container named .raw is an error that says so."""
    (tmp_path / "a.raw").write_bytes(head + bytes(2_000))
    with pytest.raises(InputError, match=r"header.*\.raw"):
        open_pcm(tmp_path / "a.raw")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.raw", bytes(2_001), "odd number of bytes"),
        ("a.raw", b"", "empty"),
        ("a.raw", bytes(958), "less than one frame"),
        ("a.wav", b"", "empty"),
        ("a.wav", b"RIFF\x24\x00", "cannot be read as audio"),
        ("a.wav", b"this is text\n" * 99, "cannot be read as audio"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """Each bad file has its own message, which names the file."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        open_pcm(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_empty_folder(tmp_path: Path) -> None:
    """Both are named."""
    with pytest.raises(InputError, match=r"gone\.wav: No such file"):
        open_pcm(tmp_path / "gone.wav")
    with pytest.raises(InputError, match="holds no audio files"):
        open_pcm(tmp_path)


def _mixed_folder(folder: Path) -> Int16:
    parts = [_ramp(3_000, seed) for seed in range(4)]
    parts[0].tofile(folder / "x_1.raw")
    soundfile.write(folder / "x_2.flac", parts[1], 48_000)
    soundfile.write(folder / "x_10.wav", parts[2], 48_000)
    soundfile.write(folder / "x_11.wav", np.stack([parts[3], parts[3]], axis=1), 48_000)
    (folder / "x_3.wav").write_bytes(b"not audio")
    return np.concatenate(parts)


def test_folder_is_one_stream_that_reads_anywhere(tmp_path: Path) -> None:
    """Bare, direct and decoded files join without seams; bad ones are left out and named."""
    expected = _mixed_folder(tmp_path)
    with open_pcm(tmp_path) as stream:
        assert stream.samples == len(expected)
        for start, count in [(0, len(expected)), (2_999, 2), (0, 0), (5_990, 6_005), (11_999, 1)]:
            assert np.array_equal(stream.read(start, count), expected[start : start + count])
        assert [path.name for path, _ in stream.skipped] == ["x_3.wav"]
        assert any("x_3.wav" in note for note in stream.notes)
        assert [Path(source["path"]).name for source in stream.sources] == [
            "x_1.raw",
            "x_2.flac",
            "x_10.wav",
            "x_11.wav",
        ]
        for start, count in [(-1, 2), (0, len(expected) + 1), (len(expected), 1)]:
            with pytest.raises(InputError, match="outside"):
                stream.read(start, count)


def test_threads_may_read_at_once(tmp_path: Path) -> None:
    """Eight threads at random places see the same samples."""
    expected = _mixed_folder(tmp_path)
    wrong: list[int] = []
    with open_pcm(tmp_path) as stream:

        def work(seed: int) -> None:
            rng = np.random.default_rng(seed)
            for _ in range(100):
                start = int(rng.integers(len(expected)))
                count = int(rng.integers(len(expected) - start))
                if not np.array_equal(stream.read(start, count), expected[start : start + count]):
                    wrong.append(start)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_file_that_shrinks_meanwhile(tmp_path: Path) -> None:
    """A file cut after it was opened is an error, never garbage."""
    _ramp(3_000).tofile(tmp_path / "a.raw")
    with open_pcm(tmp_path / "a.raw") as stream:
        (tmp_path / "a.raw").write_bytes(bytes(2_000))
        with pytest.raises(InputError, match="shorter"):
            stream.read(0, 3_000)


def test_missing_spool_folder(tmp_path: Path) -> None:
    """A spool folder that is not there is named, with the remedy."""
    soundfile.write(tmp_path / "a.flac", _ramp(3_000), 48_000)
    with pytest.raises(OutputError, match="TMPDIR"):
        open_pcm(tmp_path / "a.flac", tmp_path / "nowhere")


def test_array_stream() -> None:
    """An array reads like a file; wrong types and lengths are refused."""
    pcm = _ramp(1_000)
    with ArrayPcm(pcm) as stream:
        assert stream.samples == 1_000
        assert np.array_equal(stream.read(7, 100), pcm[7:107])
        with pytest.raises(InputError):
            stream.read(990, 11)
    with pytest.raises(InputError, match="int16"):
        ArrayPcm(pcm.astype(np.float32))
    with pytest.raises(InputError, match="less than one frame"):
        ArrayPcm(pcm[:479])
