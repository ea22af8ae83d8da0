"""Containers of laboratories and samplers that state how much audio they hold: NIST SPHERE, VOC, AVR, Matlab.

libsndfile takes all bytes to the end of the file from most of them, whatever their headers say.
"""

import re
import struct
from typing import Final

from rnnoise_py.audio.containers.part import Bytes, Part

_VOC_SOUND: Final = {1: 2, 2: 0, 9: 12}  # kind of a block with samples: bytes of its own header
_VOC_KINDS: Final = range(1, 10)
_MOST_BLOCKS: Final = 100_000
_AVR_HEADER: Final = 128  # bytes
_MPC_HEADER: Final = 42
_WVE_HEADER: Final = 32
_SDS_HEADER: Final = 21
_SDS_PACKET: Final = 127
_SDS_PAYLOAD: Final = 120
_MAT4_WIDTHS: Final = (8, 4, 4, 2, 2, 1)  # bytes of an element, by the tens digit of its type
_MAT5_HEADER: Final = 128
_MAT5_MATRIX: Final = 14  # type of an element
_MAT5_HEADS: Final = 3  # elements of a matrix before its data: flags, dimensions, name


def stated(file: Bytes, start: int, data: int, size: int) -> Part:
    """Make the part whose header, at ``start``, states ``size`` bytes of audio from ``data`` on."""
    there = max(0, file.size - data)
    return Part(start, min(data + size, file.size), min(size, there), max(0, size - there))


def nist(file: Bytes, start: int) -> Part | None:
    """NIST SPHERE, not compressed: a text of fields."""
    text = file.at(start, 1024)
    length = re.match(rb"NIST_1A\n *(\d+)\n", text)
    fields = {key: int(value) for key, value in re.findall(rb"(sample_\w+|channel_count) -\w+ (\d+)\n", text)}
    if length is None or b"shorten" in text or not {b"sample_count", b"sample_n_bytes"} <= set(fields):
        return None
    size = fields[b"sample_count"] * fields[b"sample_n_bytes"] * fields.get(b"channel_count", 1)
    return stated(file, start, start + int(length[1]), size)


def voc(file: Bytes, start: int) -> Part | None:
    """Creative Voice: blocks of a kind and a size of three bytes, until one of kind 0."""
    place = start + int.from_bytes(file.at(start + 20, 2), "little")
    data = missing = 0
    for _ in range(_MOST_BLOCKS):
        head = file.at(place, 4)
        if head[:1] == b"\0":
            return Part(start, place + 1, data)
        if len(head) < 4 or head[0] not in _VOC_KINDS:
            return Part(start, min(place, file.size), data, missing)
        size = int.from_bytes(head[1:], "little")
        there = min(size, file.size - place - 4)
        if head[0] in _VOC_SOUND:
            data += max(0, there - _VOC_SOUND[head[0]])
            missing += size - there
        place += 4 + size
    return None


def avr(file: Bytes, start: int) -> Part | None:
    """Audio Visual Research: frames at byte 26."""
    head = file.at(start, _AVR_HEADER)
    if len(head) < _AVR_HEADER:
        return None
    stereo, bits, frames = struct.unpack(">HH", head[12:16]) + struct.unpack(">I", head[26:30])
    return stated(file, start, start + _AVR_HEADER, frames * (2 if stereo else 1) * bits // 8)


def mpc(file: Bytes, start: int) -> Part | None:
    """Akai MPC 2000: frames at byte 30."""
    head = file.at(start, _MPC_HEADER)
    if len(head) < _MPC_HEADER or head[20:22] not in (b"\0\0", b"\0\1", b"\1\0", b"\1\1"):
        return None
    channels = 1 + head[21]
    return stated(file, start, start + _MPC_HEADER, int.from_bytes(head[30:34], "little") * 2 * channels)


def wve(file: Bytes, start: int) -> Part | None:
    """Psion A-law: samples at byte 18."""
    return stated(file, start, start + _WVE_HEADER, int.from_bytes(file.at(start + 18, 4), "big"))


def sds(file: Bytes, start: int) -> Part | None:
    """MIDI sample dump: packets of 127 bytes; numbers of seven bits a byte."""
    head = file.at(start, _SDS_HEADER)
    if len(head) < _SDS_HEADER or not 8 <= head[6] <= 28:
        return None
    samples = head[10] | head[11] << 7 | head[12] << 14
    each = _SDS_PAYLOAD // (2 if head[6] < 15 else 3 if head[6] < 22 else 4)
    return stated(file, start, start + _SDS_HEADER, -(-samples // each) * _SDS_PACKET)


def mat4(file: Bytes, start: int) -> Part | None:
    """Matlab 4 and Octave: a matrix of one rate, then one of the samples."""
    place = start
    for name in (b"samplerate", b"wavedata"):
        head = file.at(place, 20)
        if len(head) < 20:
            return None
        order = "<" if int.from_bytes(head[:4], "little") < 5000 else ">"
        kind, rows, columns, _, length = struct.unpack(f"{order}5I", head)
        if file.at(place + 20, length).rstrip(b"\0") != name or kind // 10 % 10 >= len(_MAT4_WIDTHS):
            return None
        data, size = place + 20 + length, rows * columns * _MAT4_WIDTHS[kind // 10 % 10]
        place = data + size
    return stated(file, start, data, size)


def mat5(file: Bytes, start: int) -> Part | None:
    """Matlab 5: two matrices again, of elements with a type and a size."""
    order: Final = "<" if file.at(start + 126, 2) == b"IM" else ">"
    place = start + _MAT5_HEADER
    for _ in range(2):
        if _element(file, place, order)[0] != _MAT5_MATRIX:
            return None
        place += 8
        for _ in range(_MAT5_HEADS):
            _, data, size = _element(file, place, order)
            place = data + size + -(data + size - start) % 8
        _, data, size = _element(file, place, order)
        place = data + size + -(data + size - start) % 8
    return stated(file, start, data, size)


def _element(file: Bytes, place: int, order: str) -> tuple[int, int, int]:
    """Type, place and size of the data of an element; small ones hold it in their head."""
    head = file.at(place, 8)
    if len(head) < 8:
        return 0, file.size, 0
    kind, size = struct.unpack(f"{order}II", head)
    if kind >> 16:
        return kind & 0xFFFF, place + 4, kind >> 16
    return kind, place + 8, size
