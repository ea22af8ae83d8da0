"""MPEG audio (MP3 and its elders): every frame says its own length, so frames can be counted without decoding.

libsndfile takes the length that a Xing header states, or else guesses it from the first frame, and stops there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from rnnoise_py.audio.containers.part import Bytes, Part
from rnnoise_py.audio.containers.tags import end_without_tags, tag_length

_BIT_RATES: Final = {  # kbit/s by (MPEG 1, layer)
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES: Final = (44_100, 48_000, 32_000)  # Hz, of MPEG 1; halved in MPEG 2, halved again in 2.5
_MONO: Final = 3
_LONGEST: Final = 2_881  # bytes that a frame can have
_SYNC_BYTES: Final = 1 << 16  # looked through for the first frame
_SURE: Final = 2  # frames in a row that cannot be chance
_XING: Final = (b"Xing", b"Info")
_TAG: Final = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)  # by which libsndfile knows MPEG when no name helps


class Frame(NamedTuple):
    """What the four bytes say that a frame begins with."""

    length: int  #: bytes
    samples: int  #: per channel
    key: tuple[int, int, int, bool]  #: version, layer, rate in Hz and whether mono: the same throughout a recording
    xing: int  #: where a Xing header would stand in it


@cache
def frame_of(head: int) -> Frame | None:
    """Read the head of a frame, as a number; None for anything else, and for free format."""
    version, layer = head >> 19 & 3, 4 - (head >> 17 & 3)
    bit_rate, rate = head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or layer == 4 or bit_rate in (0, 15) or rate == 3:
        return None
    first, padding, mono = version == 3, head >> 9 & 1, (head >> 6 & 3) == _MONO
    hertz = _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    bits = _BIT_RATES[first, layer][bit_rate - 1] * 1000
    if layer == 1:
        length, samples = (12 * bits // hertz + padding) * 4, 384
    else:
        samples = 1152 if first or layer == 2 else 576
        length = samples // 8 * bits // hertz + padding
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return Frame(length, samples, (version, layer, hertz, mono), 4 + side if layer == 3 else 0)


@dataclass
class _Run:
    """Frames one after the other that a decoder takes as one recording."""

    start: int
    end: int
    frame: Frame
    has_xing: bool
    stated: int | None  # frames, by its Xing header
    stated_size: int | None  # bytes, by the same
    junk: int  # bytes before it that are neither frames nor tags
    frames: int = 0  # without the one that holds the Xing header
    found: int = 0  # frames of this run and of those that the same Xing header counts
    torn: bool = False  # another frame follows that is cut off

    def part(self) -> Part:
        """Return what decodes to all of its frames."""
        fault = f"{self.junk:,} bytes before byte {self.start:,} are no audio" if self.junk else ""
        room = (self.frames + 2) * _LONGEST
        if not self.has_xing:
            samples = self.frames * self.frame.samples
            return Part(self.start, self.end, prefix=_TAG, room=room, frames=samples, cut=self.torn, fault=fault)
        if self.stated is None:
            return Part(self.start, self.end, prefix=_TAG, room=room, doubtful=True, cut=self.torn, fault=fault)
        alone = self.found == self.frames  # then decoding tells it to the sample
        lost = None if alone else max(0, self.stated - self.found) * self.frame.samples
        doubtful = self.stated > self.frames + 1  # some writers count the header's own frame
        lost = lost if doubtful else 0
        patches = self._size_patch()
        return Part(
            self.start, self.end, prefix=_TAG, patches=patches, missing_frames=lost, doubtful=doubtful, fault=fault
        )

    def _size_patch(self) -> tuple[tuple[int, bytes], ...]:
        """What makes the size in the Xing header right, of which the decoder would complain on stderr."""
        size = self.end - self.start
        if self.stated_size in (None, size):
            return ()
        return ((self.start + self.frame.xing + 12, size.to_bytes(4, "big")),)


def _head(file: Bytes, place: int) -> Frame | None:
    block, at = file.block(place)
    return frame_of(int.from_bytes(block[at : at + 4], "big"))


def _sure(file: Bytes, place: int, end: int) -> bool:
    """Whether frames of one kind follow each other from ``place`` on, or fill what is left."""
    first = _head(file, place)
    if first is None:
        return False
    for _ in range(_SURE):
        frame = _head(file, place)
        if frame is None or frame.key != first.key:
            return False
        place += frame.length
        if place >= end:
            return place == end
    return True


def first_frame(file: Bytes, start: int, end: int) -> int | None:
    """Place of the first frame that others follow, not far behind ``start``; None when there is none."""
    place, last = start, min(end, start + _SYNC_BYTES)
    while 0 <= place < last:
        if _sure(file, place, end):
            return place
        place = file.find(b"\xff", place + 1, last)
    return None


def _begin(file: Bytes, place: int, frame: Frame, junk: int) -> _Run:
    """A run that begins with ``frame``."""
    has_xing = bool(frame.xing) and file.at(place + frame.xing, 4) in _XING
    fields = file.at(place + frame.xing + 4, 12) if has_xing else b""
    flags = fields[3] if len(fields) == 12 else 0
    stated = int.from_bytes(fields[4:8], "big") if flags & 1 else None
    size = int.from_bytes(fields[8:], "big") if flags & 3 == 3 else None
    return _Run(place, place, frame, has_xing, stated, size, junk, -1 if has_xing else 0)


def _runs(file: Bytes, place: int, end: int) -> Iterator[_Run]:
    """Walk over all frames up to ``end``."""
    run: _Run | None = None
    junk = 0
    while place + 4 <= end:
        block, at = file.block(place)
        frame = frame_of(int.from_bytes(block[at : at + 4], "big"))
        if frame is not None and run is not None and frame.key == run.frame.key:
            if place + frame.length > end:
                run.torn, run.end = True, end
                break
            if run.frames == run.stated or (frame.xing and block[at + frame.xing : at + frame.xing + 4] in _XING):
                yield run
                run = _begin(file, place, frame, 0)
        elif frame is not None and _sure(file, place, end):
            if run is not None:
                yield run
            run, junk = _begin(file, place, frame, junk), 0
        else:
            if run is not None:
                yield run
            run = None
            length = tag_length(file, place)
            if not length:
                found = first_frame(file, place + 1, end)
                length = min(end - place, _SYNC_BYTES) if found is None else found - place
                junk += length
            place += length
            continue
        run.frames += 1
        place += frame.length
        run.end = place
    if run is not None:
        yield run


def mpeg(file: Bytes, start: int, search: bool = False) -> list[Part]:
    """Return the recordings of an MPEG file: several when files were put one behind the other.

    When a Xing header states the bytes that are there, it is believed, and nothing is counted. With ``search`` the
    first frame may lie behind other bytes, as after some tags.
    """
    end = end_without_tags(file, start)
    place = first_frame(file, start, end) if search or _sure(file, start, end) else None
    if place is None:
        return []
    frame = _head(file, place)
    assert frame is not None
    if _begin(file, place, frame, 0).stated_size == end - place:
        return [Part(place, end, prefix=_TAG)]
    runs = list(_runs(file, place, end))
    owner = runs[0]
    for run in runs:
        owner = run if run.has_xing else owner
        owner.found += run.frames
    return [run.part() for run in runs]
