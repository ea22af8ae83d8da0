"""Frames, pages and chunks are counted right: against decoders, and against what the formats' documents say."""

import io
import struct
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rnnoise_py.audio import open_audio
from rnnoise_py.audio.containers import Part, survey
from rnnoise_py.audio.containers.flac import crc8, crc16, frame_head, info_at
from rnnoise_py.audio.containers.mpeg import frame_of
from rnnoise_py.audio.containers.ogg import checks, page_at
from rnnoise_py.audio.containers.part import Bytes
from rnnoise_py.audio.containers.tags import skip_tags, tag_length
from rnnoise_py.audio.section import Section
from tests.audio_files import ID3V1, ID3V2, pcm, written


def _bytes(content: bytes) -> Bytes:
    return Bytes(io.BytesIO(content))


@pytest.mark.parametrize(
    ("head", "length", "samples", "rate"),
    [
        # 144 · bit rate / rate, 1152 samples: MPEG 1, layer III
        (0xFFFB9064, 417, 1152, 44_100),  # 128 kbit/s
        (0xFFFB9264, 418, 1152, 44_100),  # with a byte of padding
        (0xFFFB94C4, 384, 1152, 48_000),
        (0xFFFB1864, 144, 1152, 32_000),  # 32 kbit/s
        (0xFFFBE464, 960, 1152, 48_000),  # 320 kbit/s
        (0xFFF384C4, 192, 576, 24_000),  # MPEG 2: 72 · 64,000 / 24,000
        (0xFFE388C4, 576, 576, 8_000),  # MPEG 2.5: 72 · 64,000 / 8,000
        (0xFFFDA404, 576, 1152, 48_000),  # layer II: 144 · 192,000 / 48,000
        (0xFFFFC464, 384, 384, 48_000),  # layer I: 4 · (12 · 384,000 / 48,000)
    ],
)
def test_mpeg_frames(head: int, length: int, samples: int, rate: int) -> None:
    """Lengths by the standard's formulas."""
    frame = frame_of(head)
    assert frame is not None
    assert (frame.length, frame.samples, frame.key[2]) == (length, samples, rate)


@pytest.mark.parametrize(
    "head", [0, 0xFFFFFFFF, 0xFFFB0064, 0xFFFBF064, 0xFFFB9C64, 0xFFEB9064, 0xFFF19064, 0x7FFB9064]
)
def test_what_is_no_mpeg_frame(head: int) -> None:
    """No sync, reserved version, layer, bit rate or rate, free format."""
    assert frame_of(head) is None


def _without_xing(content: bytes) -> bytes:
    frame = frame_of(int.from_bytes(content[:4], "big"))
    assert frame is not None
    assert content[frame.xing :][:4] in (b"Xing", b"Info")
    return content[frame.length :]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_mpeg_without_its_xing_header(rate: int, channels: int, tmp_path: Path) -> None:
    """Variable bit rate and no word of the length: every frame is decoded, as libsndfile does with the header."""
    quiet, loud = pcm(60_000, 1, channels) // 500, pcm(60_000, 2, channels)
    content = written(np.concatenate([quiet, loud, quiet]), "MP3", "MPEG_LAYER_III", rate)
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    with open_audio(path) as audio:
        whole = audio.read(-1)
    assert len(whole) == 180_000
    for name, bare in (("b.mp3", _without_xing(content)), ("c.mp3", ID3V2 + _without_xing(content) + ID3V1)):
        path = tmp_path / name
        path.write_bytes(bare)
        with open_audio(path) as audio:
            assert audio.frames % (576 if rate < 32_000 else 1152) == 0
            stated, found = audio.frames, audio.read(-1)
            assert audio.shortfall == ""
        assert stated == len(found) >= 180_000
        # the encoder's delay is not known without the header: the same audio, later
        delays = range(500, 1_500)
        inside = whole[90_000:91_000, 0]
        errors = [np.abs(found[90_000 + delay : 91_000 + delay, 0] - inside).max() for delay in delays]
        assert min(errors) < 1e-5


def test_mpeg_of_many_frames_is_counted_quickly(tmp_path: Path) -> None:
    """An hour of MP3 without a Xing header is looked through in about a second, with memory for one block."""
    minute = _without_xing(written(pcm(2_880_000), "MP3", "MPEG_LAYER_III"))
    path = tmp_path / "a.mp3"
    path.write_bytes(minute * 60)
    started = time.process_time()
    with path.open("rb") as stream:
        (part,) = survey(stream).parts
    assert time.process_time() - started < 3
    assert part.frames is not None
    assert part.frames / 48_000 == pytest.approx(3_600, abs=5)


def test_a_xing_header_that_states_too_little(tmp_path: Path) -> None:
    """Frames appended to a finished MP3, which its header does not count, are decoded too."""
    content = written(pcm(48_000), "MP3", "MPEG_LAYER_III")
    more = _without_xing(written(pcm(48_000, 2), "MP3", "MPEG_LAYER_III"))
    path = tmp_path / "a.mp3"
    path.write_bytes(content + more)
    with open_audio(path) as audio:
        stated, found = audio.frames, len(audio.read(-1))
        assert (stated, audio.shortfall) == (found, "")
    assert found >= 96_000


def test_flac_sums_and_frames() -> None:
    """Check sums of a file of libFLAC come out as zero; the head of its first frame is read."""
    content = written(pcm(10_000), "FLAC", "PCM_16")
    info = info_at(_bytes(content), 0)
    assert info is not None
    assert info[1:] == (48_000, 1, 16, 10_000)
    places = [k for k in range(len(content)) if frame_head(content[k : k + 16], info) is not None]
    heads = [frame_head(content[k : k + 16], info) for k in places]
    assert [head.first for head in heads if head] == list(range(0, 10_000, info.block))
    assert sum(head.samples for head in heads if head) == 10_000
    for place, end in zip(places, [*places[1:], len(content)], strict=True):
        assert crc16(content[place:end]) == 0
    assert crc8(b"123456789") == 0xF4  # CRC-8, as catalogues have it
    assert crc16(b"123456789") == 0xFEE8  # CRC-16/UMTS


def test_flac_cut_at_a_frame(tmp_path: Path) -> None:
    """What is there is every whole frame; what is missing is what the header states more."""
    samples = pcm(10_000)
    content = written(samples, "FLAC", "PCM_16")
    info = info_at(_bytes(content), 0)
    assert info is not None
    places = [k for k in range(len(content)) if frame_head(content[k : k + 16], info) is not None]
    path = tmp_path / "a.flac"
    for end, kept in ((places[2], 2), (places[2] + 50, 2), (places[1] + 1, 1)):
        path.write_bytes(content[:end])
        with open_audio(path) as audio:
            assert audio.frames == kept * info.block
            assert np.array_equal(audio.read_int16(-1), samples[: kept * info.block])
            assert audio.missing_seconds == pytest.approx((10_000 - kept * info.block) / 48_000)


def test_flac_without_its_length_and_cut(tmp_path: Path) -> None:
    """Written to a pipe and cut: the whole frames that are there."""
    content = bytearray(written(pcm(10_000), "FLAC", "PCM_16"))
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path = tmp_path / "a.flac"
    path.write_bytes(content[:-100])
    with open_audio(path) as audio:
        assert audio.frames == 8_192
        assert np.array_equal(audio.read_int16(-1), pcm(10_000)[:8_192])


def test_ogg_pages_and_their_sums() -> None:
    """Pages of libsndfile's writer follow each other, with sums that are right, and wrong for any changed bit."""
    content = written(pcm(100_000), "OGG", "VORBIS")
    file, place, pages = _bytes(content), 0, []
    while place < len(content):
        page = page_at(file, place)
        assert page is not None
        whole = content[place : place + page.length]
        assert checks(whole)
        assert not checks(whole[:-1] + bytes([whole[-1] ^ 1]))
        pages.append(page)
        place += page.length
    assert [page.number for page in pages] == list(range(len(pages)))
    assert (pages[0].flags, pages[-1].flags & 4) == (2, 4)


def test_a_page_missing_inside(tmp_path: Path) -> None:
    """A page taken out leaves a gap in the numbers, which is told; what libsndfile decodes is taken."""
    content = written(pcm(200_000), "OGG", "VORBIS")
    file, place = _bytes(content), 0
    for _ in range(4):
        page = page_at(file, place)
        assert page is not None
        place += page.length
    page = page_at(file, place)
    assert page is not None
    path = tmp_path / "a.ogg"
    path.write_bytes(content[:place] + content[place + page.length :])
    with open_audio(path) as audio:
        stated, found = audio.frames, len(audio.read(-1))
        assert stated == found < 200_000
        assert "is damaged: 1 page of it is missing" in audio.shortfall


def test_ogg_without_an_end_is_cut_short(tmp_path: Path) -> None:
    """No page says that it is the last."""
    content = written(pcm(200_000), "OGG", "OPUS")
    place = content.rindex(b"OggS")
    path = tmp_path / "a.opus"
    path.write_bytes(content[:place])
    with open_audio(path) as audio:
        assert audio.shortfall == (
            "is cut short: it has no end, and how much is missing is not known; what is there is taken"
        )


@pytest.mark.parametrize(
    ("tag", "length"),
    [
        (ID3V1, 128),
        (ID3V2, 138),
        (b"ID3\x04\x00\x10\x00\x00\x00\x02ab3DI\x04\x00\x10\x00\x00\x00\x02", 22),  # with a footer
        (b"ID3\x03\x00\x00\x01\x02\x03\x04", 10 + (1 << 21) + (2 << 14) + (3 << 7) + 4),
        (b"APETAGEX" + struct.pack("<IIII", 2000, 50, 1, 1 << 31) + bytes(8), 82),
        (b"APETAGEX" + struct.pack("<IIII", 2000, 50, 1, 0) + bytes(8), 32),  # a footer alone
        (b"LYRICSBEGIN some words 000031LYRICS200", 38),
        (b"ID3\x04\x00\x00\xff\x00\x00\x00", 0),  # no size has its highest bit
        (b"RIFF", 0),
    ],
)
def test_tags(tag: bytes, length: int) -> None:
    """Lengths of tags by their documents."""
    assert tag_length(_bytes(tag.ljust(200, b"x")), 0) == length


def test_zeros_to_the_end_are_nothing() -> None:
    """Tags and then zeros up to the end are skipped, zeros before something else are not."""
    assert skip_tags(_bytes(ID3V1 + bytes(100_000)), 0) == 128 + 100_000
    assert skip_tags(_bytes(ID3V1 + bytes(100_000) + b"x"), 0) == 128


@pytest.mark.parametrize("block", [1, 2, 3, 1_000])
def test_bytes_are_found_across_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search finds what ``bytes.find`` finds, wherever blocks end."""
    monkeypatch.setattr("rnnoise_py.audio.containers.part._MOST", 4)
    monkeypatch.setattr("rnnoise_py.audio.containers.part._LEAST", 4)
    content = np.random.default_rng(block).integers(0, 3, 400).astype(np.uint8).tobytes()
    file = _bytes(content)
    for needle in (b"\0\1\2", b"\2\2", b"\1\1\1\1", b"\5"):
        for start in range(0, 390, 7):
            assert file.find(needle, start) == content.find(needle, start)
            assert file.find(needle, start, start + 50) == content.find(needle, start, start + 50)


def test_a_section_is_its_bytes() -> None:
    """Prefix, patches and pretended room, read in any pieces from any place."""
    content = bytes(range(200))
    part = Part(50, 150, patches=((60, b"ab"), (149, b"z")), prefix=b"HEAD", room=1_000)
    inside = bytearray(content[50:150])
    inside[10:12], inside[99:] = b"ab", b"z"
    expected = b"HEAD" + bytes(inside)
    section = Section(io.BytesIO(content), part)
    assert section.read() == expected
    for start in range(0, 104, 3):
        for count in (1, 5, 200):
            assert section.seek(start) == start
            assert section.read(count) == expected[start : start + count]
            assert section.tell() == min(start + count, 104)
    assert section.seek(0, 2) == 1_104
    assert section.read(10) == b""
    section.seek(-128, 2)
    assert section.read(300) == bytes(128)
    section.seek(500)
    assert section.read(10) == b""


def test_hostile_headers_end_quickly(tmp_path: Path) -> None:
    """Sizes of 2⁶⁴, blocks without content, sync codes without frames: no loop, no memory."""
    files = {
        "a.wav": b"RIFF\xff\xff\xff\xffWAVE" + b"junk\0\0\0\0" * 50_000,
        "b.w64": bytes.fromhex("726966662e91cf11a5d628db04c10000") + b"\xff" * 8 + b"wave" + bytes(12) + bytes(100_000),
        "c.caf": b"caff\0\1\0\0" + b"free" + b"\x7f" + b"\xff" * 7 + bytes(1_000),
        "d.voc": b"Creative Voice File\x1a\x1a\0\x0a\1\x29\x11" + b"\5\0\0\0" * 300_000,
        "e.flac": written(pcm(100), "FLAC", "PCM_16")[:42] + b"\xff\xf8" * 500_000,
        "f.ogg": b"OggS\0\2" + b"OggS" * 100_000,
        "g.mp3": ID3V2 + b"\xff\xfb\x90\x64" * 200_000,
        "h.mat": b"\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\xff\xff\xff\xff" + bytes(100),
        "i.sph": b"NIST_1A\n   1024\nsample_count -i " + b"9" * 900 + b"\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        started = time.process_time()
        with (tmp_path / name).open("rb") as stream:
            survey(stream)
        assert time.process_time() - started < 5, name


def test_a_survey_never_reaches_beyond_the_file() -> None:
    """Random bytes with a known beginning: parts lie in the file, one behind the other."""
    rng = np.random.default_rng(7)
    for container, subtype in (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")):
        good = written(pcm(9_600), container, subtype)
        for _ in range(60):
            content = bytearray(good * 2)
            for place in rng.integers(0, len(content), 30):
                content[place] = rng.integers(256)
            found = survey(io.BytesIO(bytes(content)))
            end = 0
            for part in found.parts:
                assert end <= part.start <= part.end <= len(content)
                end = part.end


def test_every_format_is_named_once() -> None:
    """Nothing that libsndfile lists was forgotten here: a new format asks for a look at how it states its length."""
    known = {"AIFF", "AU", "AVR", "CAF", "FLAC", "HTK", "SVX", "MAT4", "MAT5", "MPC2K", "MP3", "OGG", "PAF", "PVF"}
    known |= {"RAW", "RF64", "SD2", "SDS", "IRCAM", "VOC", "W64", "WAV", "NIST", "WAVEX", "WVE", "XI"}
    assert set(soundfile.available_formats()) <= known
