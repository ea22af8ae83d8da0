"""A range of a file that libsndfile decodes from its start to its end, and a window on the file's bytes."""

from dataclasses import dataclass
from typing import BinaryIO, Final

_LEAST: Final = 1 << 12  # bytes read at a time, where a header is read
_MOST: Final = 1 << 18  # the same in reading on


@dataclass(frozen=True)
class Part:
    """Where one recording lies in a file, and what its own header has wrong."""

    start: int  #: of its header, in bytes of the file
    end: int  #: behind its last byte; never beyond the file
    data: int = 0  #: bytes of audio that are there, where the container states them
    missing: int = 0  #: bytes of audio that its header states beyond the end of the file
    patches: tuple[tuple[int, bytes], ...] = ()  #: place in the file, and the bytes to read there instead
    prefix: bytes = b""  #: to be read before the first byte
    room: int = 0  #: bytes to pretend behind the end, for a decoder that guesses a length from them
    frames: int | None = None  #: audio frames by own count; None: libsndfile knows
    missing_frames: int | None = 0  #: audio frames that are stated and not there; None: decoding will tell
    doubtful: bool = False  #: only decoding tells how many frames there are
    cut: bool = False  #: it ends too early, by how much is not known
    fault: str = ""  #: what is damaged inside, for people


class Bytes:
    """A file, read anywhere in small pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)  #: bytes
        self._first = 0
        self._block = b""
        self._ahead = _LEAST

    def at(self, place: int, count: int) -> bytes:
        """Return ``count`` bytes from ``place`` on, fewer at the end of the file."""
        start = place - self._first
        if start < 0 or start + count > len(self._block):
            if place >= self.size or place < 0:
                return b""
            goes_on = self._first < place <= self._first + len(self._block)
            self._ahead = min(2 * self._ahead, _MOST) if goes_on else _LEAST
            self._file.seek(place)
            self._first, self._block = place, self._file.read(max(count, self._ahead))
            start = 0
        return self._block[start : start + count]

    def block(self, place: int) -> tuple[bytes, int]:
        """Return the block in memory that holds ``place``, and where in it that is; at least 64 bytes of it."""
        start = place - self._first
        if start < 0 or start + 64 > len(self._block):
            self.at(place, _LEAST)
            start = place - self._first
        return self._block, start

    def find(self, needle: bytes, place: int, end: int | None = None) -> int:
        """Return where ``needle`` first stands in ``[place, end)``, or −1."""
        end = self.size if end is None else end
        while place < end:
            block = self.at(place, min(_MOST, end - place))
            found = block.find(needle)
            if found >= 0:
                return place + found
            if len(block) < len(needle):
                return -1
            place += len(block) - len(needle) + 1
            if place + len(needle) > end:
                return -1
        return -1
