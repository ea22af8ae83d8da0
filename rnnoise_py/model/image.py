"""The memory that a program file describes: its parts at their addresses, pointers in them resolved. Nothing is run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

MOST_PARTS: Final = 256  #: of an image; more is no librnnoise


class ImageError(ValueError):
    """A program file is damaged, or of a kind that is not read; the message ends a sentence."""


@dataclass
class Image:
    """Parts of memory as a loader would make them.

    Parameters
    ----------
    word
        Bytes of a pointer: 4 or 8.
    little
        Whether the lowest byte comes first.
    mask
        Bits of a pointer that are its address.
    """

    word: int
    little: bool
    mask: int = -1
    parts: list[tuple[int, bytearray]] = field(default_factory=list)  #: address and bytes

    def add(self, address: int, content: bytes) -> None:
        """Add a part; one more than :data:`MOST_PARTS` raises :class:`ImageError`."""
        if len(self.parts) >= MOST_PARTS:
            raise ImageError(f"has more than {MOST_PARTS} parts")
        self.parts.append((address, bytearray(content)))

    def read(self, address: int, count: int) -> bytes | None:
        """Return bytes at an address; None where no part has them all."""
        for start, content in self.parts:
            if start <= address and address + count <= start + len(content):
                return bytes(content[address - start : address - start + count])
        return None

    def integer(self, content: bytes) -> int:
        """Return the unsigned number that bytes are."""
        return int.from_bytes(content, "little" if self.little else "big")

    def pointer(self, content: bytes) -> int:
        """Return the address that the bytes of a pointer mean."""
        return self.integer(content) & self.mask

    def add_pointers(self, addresses: Words, values: Words, *, to_what_is_there: bool) -> None:
        """Store pointers, or add to those that are there; where no part has a whole pointer, nothing is done.

        Parameters
        ----------
        addresses, values
            Of the same length; addresses that are no multiples of a pointer's size are left out.
        to_what_is_there
            Whether the sum is stored.
        """
        word, kind = np.uint64(self.word), self.numbers(self.word)
        largest = np.uint64(2 ** (8 * self.word) - 1)
        for start, content in self.parts:
            if start % self.word or len(content) < self.word:
                continue
            offsets = addresses - np.uint64(start)  # of what lies below, it wraps around and is too large
            inside = (offsets % word == 0) & (offsets <= np.uint64(len(content) - self.word))
            words = np.frombuffer(memoryview(content)[: len(content) // self.word * self.word], kind)
            places = (offsets[inside] // word).astype(np.int64)
            there = words[places].astype(np.uint64) if to_what_is_there else np.uint64(0)
            words[places] = ((values[inside] + there) & largest).astype(kind)

    def numbers(self, size: int, *, signed: bool = False) -> np.dtype[np.generic]:
        """Return the dtype of integers of ``size`` bytes in this image."""
        return np.dtype(f"{'<' if self.little else '>'}{'i' if signed else 'u'}{size}")


def sliced(content: bytes, offset: int, count: int) -> bytes:
    """Return bytes of a file; raise :class:`ImageError` where it ends before them."""
    if offset < 0 or count < 0 or offset + count > len(content):
        raise ImageError("is truncated: copy or build it again")
    return content[offset : offset + count]


def check_total(sizes: Iterable[int], limit: int) -> None:
    """Raise :class:`ImageError` when parts are larger together than the file they are in."""
    if sum(sizes) > limit:
        raise ImageError("has parts that overlap")
