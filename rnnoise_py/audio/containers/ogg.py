"""Ogg: links of a chain, each with its own streams, of pages that are numbered and say where they stand.

libsndfile reads the first link only, and what ends too early without a word.
"""

import zlib
from typing import Final, NamedTuple

from rnnoise_py.audio.containers.part import Bytes, Part
from rnnoise_py.audio.containers.tags import tag_length

_HEAD: Final = 27  # bytes before the table of segments
_FIRST, _LAST = 2, 4  # flags of a page: the first of its stream, and the last
_SUM: Final = 22  # place of the check sum
_MIRROR: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_NUMBERS: Final = 1 << 32  # page numbers begin again here


class Page(NamedTuple):
    """The head of a page."""

    length: int  #: bytes with its content
    flags: int
    stream: int  #: serial number
    number: int  #: within its stream


def page_at(file: Bytes, place: int) -> Page | None:
    """Read the head of the page at ``place``; None where none begins."""
    head = file.at(place, _HEAD + 255)
    if head[:5] != b"OggS\0" or len(head) < _HEAD or len(head) < _HEAD + head[26]:
        return None
    sizes = head[_HEAD : _HEAD + head[26]]
    number, stream = int.from_bytes(head[18:22], "little"), int.from_bytes(head[14:18], "little")
    return Page(_HEAD + len(sizes) + sum(sizes), head[5], stream, number)


def checks(page: bytes) -> bool:
    """Whether the check sum of a whole page is right: CRC-32, highest bit first, of the page with zeros for it.

    ``zlib`` has the same sum of mirrored bits.
    """
    blank = page[:_SUM] + bytes(4) + page[_SUM + 4 :]
    mirrored = zlib.crc32(blank.translate(_MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return mirrored.to_bytes(4, "big").translate(_MIRROR) == page[_SUM : _SUM + 4]


class _Link:
    """What is seen of one link of the chain."""

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        self.numbers: dict[int, int] = {}  # of the last page of each stream
        self.ended: set[int] = set()
        self.lost = 0  # pages
        self.junk = 0  # bytes between pages
        self.in_heads = True  # only first pages so far

    def add(self, page: Page, place: int) -> None:
        """Take the next page."""
        last = self.numbers.get(page.stream)
        if last is not None:
            self.lost += min((page.number - last - 1) % _NUMBERS, 1 << 20)
        self.numbers[page.stream] = page.number
        if page.flags & _LAST:
            self.ended.add(page.stream)
        self.in_heads &= bool(page.flags & _FIRST)
        self.end = place + page.length

    def part(self) -> Part:
        """Return the bytes of this link."""
        faults = []
        if self.lost:
            faults.append(f"{self.lost:,} page{'s'[: self.lost > 1]} of it {'are' if self.lost > 1 else 'is'} missing")
        if self.junk:
            faults.append(f"{self.junk:,} bytes between its pages are no audio")
        cut = bool(set(self.numbers) - self.ended)
        lost = None if faults else 0
        return Part(
            self.start, self.end, missing_frames=lost, cut=cut, doubtful=bool(faults), fault=" and ".join(faults)
        )


def ogg(file: Bytes, start: int) -> list[Part]:
    """Return the links of the chain that begins at ``start``."""
    links = [_Link(start)]
    place, end = start, file.size
    while place < end:
        page = page_at(file, place)
        if page is None or place + page.length > end or not checks(file.at(place, page.length)):
            found = file.find(b"OggS", place + 1)
            if found < 0:
                if page is not None or file.at(place, 4) == b"OggS":
                    links[-1].ended.clear()  # the last page is cut off
                    links[-1].end = end
                break
            while place < found and (length := tag_length(file, place)):
                place += length
            links[-1].junk += max(0, found - place)
            place = found
            continue
        if page.flags & _FIRST and not links[-1].in_heads:
            links.append(_Link(place))
        links[-1].add(page, place)
        place += page.length
    return [link.part() for link in links]
