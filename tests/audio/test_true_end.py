"""Every format, cut anywhere, put together, with junk around it: all samples, or a word that names the file."""

import os
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from rnnoise_py.audio import AudioDecoder, open_audio, open_pcm
from rnnoise_py.audio.open_file import cut_short
from rnnoise_py.errors import InputError
from tests.audio_files import ID3V1, ID3V2, OPEN_ENDED, formats, lossless, pcm, written

FRAMES = 9_600
JUNK = bytes(random.Random(3).randrange(1, 256) for _ in range(777))

every_format = pytest.mark.parametrize(("container", "subtype"), formats(), ids=lambda text: text)


class Outcome(NamedTuple):
    """What came of a file."""

    samples: npt.NDArray[np.float64]  #: (frames, channels)
    said: str  #: the error, or what the file lacks; empty when nothing


def read(path: Path, content: bytes) -> Outcome:
    """Write a file, read it in blocks."""
    path.write_bytes(content)
    try:
        with open_audio(path) as audio:
            stated, blocks = audio.frames, []
            while len(block := audio.read(1 << 16)):
                blocks.append(block.astype(np.float64))
            samples = np.concatenate(blocks) if blocks else np.zeros((0, audio.channels))
            assert stated == len(samples) or audio.shortfall
            assert audio.frames == len(samples)
            return Outcome(samples, audio.shortfall)
    except InputError as error:
        said = str(error)
    assert str(path) in said
    assert "\n" not in said
    return Outcome(np.zeros((0, 1)), said)


@every_format
@pytest.mark.parametrize(("rate", "channels"), [(48_000, 1), (8_000, 1), (44_100, 2)])
def test_whole_files_are_as_libsndfile_reads_them(
    container: str, subtype: str, rate: int, channels: int, tmp_path: Path
) -> None:
    """Nothing is said about a good file, and its samples are the same bits as ever."""
    try:
        content = written(pcm(FRAMES, channels=channels), container, subtype, rate)
    except (soundfile.SoundFileError, ValueError):
        pytest.skip("not here: libsndfile does not write this rate or number of channels")
    path = tmp_path / "a.bin"
    found = read(path, content)
    assert found.said == ""
    with soundfile.SoundFile(path) as file:
        dtype = "float64" if subtype in ("PCM_32", "DOUBLE") else "float32"
        expected = file.read(1 << 16, dtype=dtype, always_2d=True)
    assert np.array_equal(found.samples, expected)
    assert len(expected) >= FRAMES


@every_format
def test_cut_anywhere(container: str, subtype: str, tmp_path: Path) -> None:
    """A file that ends too early is refused, or what is there is read and the loss is told."""
    path = tmp_path / "a.bin"
    content = written(pcm(FRAMES), container, subtype)
    whole = read(path, content).samples
    places = random.Random(f"{container} {subtype}")
    for _ in range(12):
        place = places.randrange(1, len(content))
        found = read(path, content[:place])
        if container not in OPEN_ENDED:
            assert len(found.samples) >= len(whole) or found.said, place
        if lossless(subtype) and len(found.samples):
            kept = len(found.samples) - (10 if container == "PAF" else 0)  # libsndfile fills its last block
            assert np.array_equal(found.samples[:kept], whole[:kept]), place


@every_format
def test_put_together(container: str, subtype: str, tmp_path: Path) -> None:
    """Two files behind each other, as of ``cat``, are both there, tags between them or not."""
    path = tmp_path / "a.bin"
    first, second = (written(pcm(FRAMES, seed), container, subtype) for seed in (1, 2))
    expected = np.concatenate([read(path, content).samples for content in (first, second)])
    for between in (b"", ID3V1, ID3V2, ID3V1 + ID3V2):
        found = read(path, first + between + second)
        assert len(found.samples) >= len(expected) or found.said
        if container not in OPEN_ENDED | {"HTK"}:
            assert found.said == ""
            assert np.array_equal(found.samples, expected)
    found = read(path, first + JUNK + second)
    assert len(found.samples) >= len(expected) or found.said


@every_format
def test_junk_around(container: str, subtype: str, tmp_path: Path) -> None:
    """A tag in front or behind, zeros or other bytes behind, take nothing from the audio."""
    path = tmp_path / "a.bin"
    content = written(pcm(FRAMES), container, subtype)
    whole = read(path, content).samples
    for changed in (ID3V2 + content, content + ID3V1, content + ID3V2, content + bytes(1_000), content + JUNK):
        found = read(path, changed)
        assert len(found.samples) >= len(whole) or found.said
        if container not in OPEN_ENDED | {"HTK"}:
            assert np.array_equal(found.samples, whole)
            assert bool(found.said) == changed.endswith(JUNK) or container == "FLAC"  # its last frame has no length


def _stated(place: int, width: int, order: str, offset: int = 0) -> Callable[[bytes, int], bytes]:
    """Return what writes a number into a header."""

    def put(content: bytes, number: int) -> bytes:
        field = ((number + offset) % (1 << 8 * width)).to_bytes(width, order)  # type: ignore[arg-type]
        return content[:place] + field + content[place + width :]

    return put


#: container: how the size of the audio is written into its header, in bytes; the "unknown" of streaming writers
SIZES: dict[str, tuple[Callable[[bytes, int], bytes], list[int]]] = {
    "WAV": (_stated(40, 4, "little"), [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x80000000]),
    "AU": (_stated(8, 4, "big"), [0, 0xFFFFFFFF]),
    "W64": (_stated(96, 8, "little", 24), [0, 1 << 62, (1 << 63) - 1]),
    "RF64": (_stated(28, 8, "little"), [0, (1 << 64) - 1]),
    "CAF": (_stated(4084, 8, "big"), [(1 << 64) - 1, 0]),
}


@pytest.mark.parametrize("container", SIZES)
def test_sizes_that_streaming_writers_leave(container: str, tmp_path: Path) -> None:
    """A data size of zero, or of "unknown", means the samples that follow; a whole number of them, nothing said."""
    samples = pcm(FRAMES)
    content = written(samples, container, "PCM_16")
    put, unknown = SIZES[container]
    size = FRAMES * 2 + (4 if container == "CAF" else 0)
    assert put(content, size) == content, "the place of the size in this header"
    for number in unknown:
        found = read(tmp_path / "a.bin", put(content, number))
        assert found.said == "", number
        assert np.array_equal(found.samples * 32_768, samples), number


@pytest.mark.parametrize("container", SIZES)
def test_missing_seconds_are_told(container: str, tmp_path: Path) -> None:
    """What is missing is what the header states, less what is there."""
    content = written(pcm(FRAMES), container, "PCM_16")
    found = read(tmp_path / "a.bin", content[: len(content) - 2 * 2_400])
    assert len(found.samples) == FRAMES - 2_400
    assert found.said == "is cut short: 0.05 s are missing; what is there is taken"


def test_aiff_of_a_killed_recorder(tmp_path: Path) -> None:
    """Frames and bytes are zero in an AIFF; the samples follow all the same."""
    samples = pcm(FRAMES)
    content = written(samples, "AIFF", "PCM_16")
    frames, size = content.index(b"COMM") + 10, content.index(b"SSND") + 4
    assert struct.unpack(">I", content[frames : frames + 4]) == (FRAMES,)
    assert struct.unpack(">I", content[size : size + 4]) == (2 * FRAMES + 8,)
    for number in (0, 8):
        torn = (
            content[:frames] + bytes(4) + content[frames + 4 : size] + number.to_bytes(4, "big") + content[size + 4 :]
        )
        found = read(tmp_path / "a.bin", torn)
        assert np.array_equal(found.samples * 32_768, samples)
        assert found.said == ""


def test_an_empty_wav_with_chunks_behind_it_is_empty(tmp_path: Path) -> None:
    """Zero bytes of audio and a proper chunk after them are no killed recorder."""
    empty = written(pcm(0), "WAV", "PCM_16") + b"LIST\x0a\0\0\0INFOISFT\0\0"
    assert read(tmp_path / "a.wav", empty).said.endswith("a.wav holds no samples")


def test_wav_beyond_4_gib(tmp_path: Path) -> None:
    """A size that began again at zero is not believed: the samples go on to the end of the file."""
    path = tmp_path / "long.wav"
    size = (1 << 32) + 96_000
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 96_036, b"WAVE", b"fmt ", 16, 1, 2, 48_000, 192_000, 4, 16, b"data", 96_000
    )
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(44 + size)  # sparse
        stream.seek(44 + size - 4)
        stream.write(b"\x01\x00\x02\x00")
    with open_audio(path) as audio:
        assert audio.frames == size // 4
        assert audio.shortfall == ""
        audio.seek(size // 4 - 1)
        assert audio.read_int16(10).tolist() == [[1, 2]]


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG"])
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (48_000, 2)])
def test_parts_that_differ_are_refused_by_name(container: str, rate: int, channels: int, tmp_path: Path) -> None:
    """Recordings of another rate or number of channels in one file: what they are, and what to do."""
    subtype = "VORBIS" if container == "OGG" else "PCM_16"
    first, other = written(pcm(FRAMES), container, subtype), written(pcm(500, 2, channels), container, subtype, rate)
    said = read(tmp_path / "a.bin", first + other).said
    assert f"they differ: 48000 Hz, 1 channel, {subtype}, from 0.20 s on {rate} Hz, {channels} channel" in said
    assert "take them apart, or convert it" in said


def test_parts_are_read_from_anywhere(tmp_path: Path) -> None:
    """Seeking crosses the seams of a file of three recordings."""
    samples = [pcm(FRAMES, seed) for seed in range(3)]
    path = tmp_path / "a.wav"
    path.write_bytes(b"".join(written(part, "WAV", "PCM_16") for part in samples))
    expected = np.concatenate(samples)
    with open_audio(path) as audio:
        assert audio.frames == 3 * FRAMES
        for place in (0, FRAMES - 1, FRAMES, 2 * FRAMES + 5, 100, 3 * FRAMES - 1):
            audio.seek(place)
            assert np.array_equal(audio.read_int16(FRAMES + 10), expected[place : place + FRAMES + 10])
    with open_pcm(path) as stream:
        for place in (FRAMES - 7, 2 * FRAMES, 0):
            assert np.array_equal(stream.read(place, FRAMES), expected[place : place + FRAMES, 0])


def test_an_open_stream_is_read_as_a_file(tmp_path: Path) -> None:
    """What is open already is looked through in the same way, and stays open."""
    path = tmp_path / "a.flac"
    path.write_bytes(written(pcm(FRAMES), "FLAC", "PCM_16") * 2)
    with path.open("rb") as stream:
        with open_audio(stream) as audio:
            assert (audio.frames, audio.name) == (2 * FRAMES, "the stream")
            assert np.array_equal(audio.read_int16(-1), np.tile(pcm(FRAMES), (2, 1)))
        assert not stream.closed


def test_streams_that_are_not_files(tmp_path: Path) -> None:
    """A pipe is read whole; text and other objects are one line."""
    content = written(pcm(FRAMES), "WAV", "PCM_16")
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as sink:
        sink.write(content[:10_000])
    with os.fdopen(reading, "rb") as stream, open_audio(stream) as audio:
        assert np.array_equal(audio.read_int16(-1), pcm(FRAMES)[: (10_000 - 44) // 2])
        assert audio.shortfall.startswith("is cut short")
    (tmp_path / "a.txt").write_text("words")
    with (tmp_path / "a.txt").open() as text, pytest.raises(InputError, match="open it in binary mode"):
        open_audio(text)  # type: ignore[arg-type]
    for nothing in (None, 5, b"RIFF"):
        with pytest.raises(InputError, match="is no audio: give a path"):
            open_audio(nothing)  # type: ignore[arg-type]


def test_warnings_of_folders_and_of_many_files(tmp_path: Path) -> None:
    """Files of a folder that are cut short are listed, whether they are decoded or read in place."""
    for name, container, subtype in (
        ("a.wav", "WAV", "PCM_16"),
        ("b.mp3", "MP3", "MPEG_LAYER_III"),
        ("c.au", "AU", "ULAW"),
    ):
        content = written(pcm(FRAMES), container, subtype)
        (tmp_path / name).write_bytes(content[: len(content) * 3 // 4])
    (tmp_path / "d.wav").write_bytes(written(pcm(FRAMES), "WAV", "PCM_16"))
    with open_pcm(tmp_path) as stream:
        assert [path.name for path in stream.truncated] == ["a.wav", "b.mp3", "c.au"]
        line = cut_short(stream.truncated)
    assert line.startswith(f"3 files are cut short or damaged; the first, {tmp_path / 'a.wav'}, is cut short: 0.05")
    assert cut_short([tmp_path / "c.au"]) == (
        f"{tmp_path / 'c.au'} is cut short: 0.0501 s are missing; what is there is taken"
    )


def test_damage_in_the_middle_is_told(tmp_path: Path) -> None:
    """Bytes overwritten inside lossy files cost some audio, and that is said; a FLAC is refused."""
    for container, subtype in (("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("FLAC", "PCM_16")):
        content = bytearray(written(pcm(200_000), container, subtype))
        middle = len(content) // 2
        content[middle : middle + 600] = bytes(600)
        found = read(tmp_path / "a.bin", bytes(content))
        assert "is damaged: " in found.said, subtype


def test_memory_does_not_grow_with_parts(tmp_path: Path) -> None:
    """A decoder gives blocks, of a file of 200 recordings too."""
    path = tmp_path / "a.ogg"
    path.write_bytes(written(pcm(4_800), "OGG", "VORBIS") * 200)
    with AudioDecoder(path) as decoder:
        assert max(len(block) for block in decoder.blocks()) <= 1 << 16
        assert decoder.samples == 200 * 4_800
