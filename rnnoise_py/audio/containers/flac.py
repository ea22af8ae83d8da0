"""FLAC: a header that states the length, perhaps as unknown, and frames that say where they stand.

libsndfile stops at the length that the first header states; a file cut short is "lost sync" to it.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.containers.part import Bytes, Part
from rnnoise_py.audio.containers.tags import end_without_tags

_STREAMINFO: Final = 34  # bytes
_FRAME_HEAD: Final = 16  # bytes at most
_WINDOW: Final = 1 << 16  # bytes in which the last frame is looked for at a time
_SYNC: Final = re.compile(rb"\xff[\xf8\xf9]")
_CRC8, _CRC16 = 0x07, 0x8005  # polynomials
_ROW: Final = 256  # bytes whose check sum is made at a time
_SLOWLY: Final = 1 << 18  # bytes at most in which the end of a frame is looked for
_BLOCK_SIZES: Final = {1: 192, 2: 576, 3: 1152, 4: 2304, 5: 4608} | {8 + k: 256 << k for k in range(8)}
_RATES: Final = (0, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
_BITS: Final = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}
_TOTAL_BITS: Final = 36
_LONGEST_FRAME: Final = 1 << 22  # bytes; more is no frame


class Info(NamedTuple):
    """What the header says."""

    block: int  #: samples of a frame, where all are equal
    rate: int  #: Hz
    channels: int
    bits: int
    total: int  #: samples per channel; 0: unknown


class Frame(NamedTuple):
    """The head of a frame."""

    first: int  #: sample with which it begins
    samples: int  #: per channel


def info_at(file: Bytes, start: int) -> Info | None:
    """Read the header of the FLAC stream at ``start``; None when it is none."""
    head = file.at(start, 8 + _STREAMINFO)
    if head[:4] != b"fLaC" or len(head) < 8 + _STREAMINFO or head[4] & 0x7F or head[5:8] != b"\0\0\x22":
        return None
    fields = int.from_bytes(head[18:26], "big")
    return Info(
        int.from_bytes(head[8:10], "big"),
        fields >> 44,
        (fields >> 41 & 7) + 1,
        (fields >> 36 & 31) + 1,
        fields & ((1 << _TOTAL_BITS) - 1),
    )


@cache
def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    """CRC of each byte, highest bit first."""
    values = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> (bits - 1) & 1 else 0)
            value &= (1 << bits) - 1
        values.append(value)
    return tuple(values)


@cache
def _rows() -> npt.NDArray[np.uint16]:
    """CRC-16 of each byte (second index) with so many zeros behind it (first index)."""
    table = np.array(_table(_CRC16, 16), np.uint16)
    rows = np.empty((_ROW, 256), np.uint16)
    rows[0] = table
    for zeros in range(1, _ROW):
        rows[zeros] = (rows[zeros - 1] << 8) ^ table[rows[zeros - 1] >> 8]
    return rows


def crc8(content: bytes) -> int:
    """Check sum of a frame's head (x⁸ + x² + x + 1); 0 when it includes the sum itself."""
    table, value = _table(_CRC8, 8), 0
    for byte in content:
        value = table[value ^ byte]
    return value


def crc16(content: bytes) -> int:
    """Check sum of a frame (x¹⁶ + x¹⁵ + x² + 1); 0 when it includes the sum itself.

    By rows of 256 bytes: the sum is linear, and zeros in front do not change it.
    """
    rows = _rows()
    padded = np.frombuffer(bytes(-len(content) % _ROW) + content, np.uint8).reshape(-1, _ROW)
    places = np.arange(_ROW - 1, -1, -1)
    value = 0
    for row in np.bitwise_xor.reduce(rows[places, padded], axis=1).tolist():
        value = int(rows[-1, value >> 8]) ^ int(rows[-2, value & 0xFF]) ^ row
    return value


def _ends(content: bytes) -> Iterator[int]:
    """Yield where a frame that begins here may end: where its check sum comes out as zero."""
    table, value = _table(_CRC16, 16), 0
    for place, byte in enumerate(content[:_SLOWLY], 1):
        value = (value << 8 & 0xFFFF) ^ table[value >> 8 ^ byte]
        if not value:
            yield place


def frame_head(head: bytes, info: Info) -> Frame | None:
    """Read the head of a frame of this stream, at most 16 bytes; None for anything else."""
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    size_code, rate_code, channel_code, bits_code = head[2] >> 4, head[2] & 15, head[3] >> 4, head[3] >> 1 & 7
    channels = channel_code + 1 if channel_code < 8 else 2
    if channel_code > 10 or channels != info.channels or _BITS.get(bits_code, info.bits) != info.bits:
        return None
    if rate_code == 15 or (0 < rate_code < len(_RATES) and _RATES[rate_code] != info.rate) or not size_code:
        return None
    number, place = _coded_number(head)
    if number < 0:
        return None
    samples = _BLOCK_SIZES.get(size_code, 0)
    if size_code in (6, 7):
        samples = int.from_bytes(head[place : place + size_code - 5], "big") + 1
        place += size_code - 5
    place += {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if place >= len(head) or crc8(head[: place + 1]):
        return None
    return Frame(number if head[1] & 1 else number * info.block, samples)


def _coded_number(head: bytes) -> tuple[int, int]:
    """The number that is coded like a letter of UTF-8 from byte 4 on, and the byte behind it; −1: none."""
    lead = head[4]
    more = 0
    while more < 7 and lead & 0x80 >> more:
        more += 1
    if more == 0:
        return lead, 5
    if more == 1 or len(head) < 4 + more:
        return -1, 0
    number = lead & (0x7F >> more)
    for byte in head[5 : 4 + more]:
        if byte & 0xC0 != 0x80:
            return -1, 0
        number = number << 6 | byte & 0x3F
    return number, 4 + more


def _last_frame(file: Bytes, info: Info, start: int, end: int) -> tuple[int, Frame] | None:
    """Place and head of the last frame that begins in ``[start, end)``; None when none is near the end."""
    start, stop = max(start, end - _LONGEST_FRAME), end
    while stop > start:
        first = max(start, stop - _WINDOW)
        block = file.at(first, min(stop + _FRAME_HEAD, end) - first)
        for sync in reversed([found.start() for found in _SYNC.finditer(block)]):
            frame = frame_head(block[sync : sync + _FRAME_HEAD], info)
            if frame is not None:
                return first + sync, frame
        stop = first
    return None


def _length(file: Bytes, info: Info, start: int, end: int) -> int | None:
    """Samples of the stream whose frames stand in ``[start, end)``; None when no frame is found."""
    found = _last_frame(file, info, start, end)
    if found is None:
        return None
    place, frame = found
    after = frame.first + frame.samples
    content = file.at(place, min(end - place, _LONGEST_FRAME))
    if crc16(content) == 0:
        return after
    torn = len(content) - _FRAME_HEAD  # from here on nothing but a part of the next frame's head may follow
    if any(after == info.total or place > torn for place in _ends(content)):
        return after
    return frame.first  # this one is cut off


def flac(file: Bytes, start: int) -> list[Part]:
    """Return the FLAC streams from ``start`` on: several when files were put one behind the other."""
    parts = []
    while (info := info_at(file, start)) is not None:
        following = start + 4
        while (following := file.find(b"fLaC", following)) >= 0 and info_at(file, following) is None:
            following += 4
        end = following if following >= 0 else end_without_tags(file, start)
        total = _length(file, info, start + 8 + _STREAMINFO, end)
        if total is None or total == info.total:  # None: libsndfile will say what it thinks
            parts.append(Part(start, end))
        elif not total:
            parts.append(Part(start, end, frames=0, missing_frames=info.total))
        else:
            field = int.from_bytes(file.at(start + 21, 5), "big") >> _TOTAL_BITS << _TOTAL_BITS | total
            patches = ((start + 21, field.to_bytes(5, "big")),)
            missing = max(0, info.total - total)
            parts.append(Part(start, end, patches=patches, frames=total, missing_frames=missing))
        start = following
    return parts
