"""A part of a file as a file of its own, as libsndfile reads it."""

from typing import BinaryIO, Final

from rnnoise_py.audio.containers import Part

_FOOT: Final = 128  # bytes at the pretended end, where MPEG decoders look for a tag


class Section:
    """The bytes of a :class:`~rnnoise_py.audio.containers.Part`, patched, with what is to come before and behind them.

    Nothing can be read in that room but zeros at its very end: a decoder that takes its guess of the length from
    the size of the file guesses enough, and finds the true end by itself.
    """

    def __init__(self, file: BinaryIO, part: Part) -> None:
        self._file = file
        self._part = part
        self._before = len(part.prefix)
        self._length = self._before + part.end - part.start
        self._pretended = self._length + part.room
        self._place = 0

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place, as in any file."""
        self._place = max(0, place + (0, self._place, self._pretended)[whence])
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def read(self, count: int = -1) -> bytes:
        """Read at most ``count`` bytes; none at the end."""
        buffer = bytearray(self._length - self._place if count < 0 else count)
        return bytes(buffer[: self.readinto(buffer)])

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill ``buffer``, with less at the end; return the number of bytes."""
        view = memoryview(buffer)
        if self._place >= self._length:
            foot = self._part.room and self._place >= self._pretended - _FOOT
            count = max(0, min(len(view), self._pretended - self._place)) if foot else 0
            view[:count] = bytes(count)
            self._place += count
            return count
        if self._place < self._before:
            head = self._part.prefix[self._place :][: len(view)]
            view[: len(head)] = head
            self._place += len(head)
            return len(head) + (self.readinto(view[len(head) :]) if len(head) < len(view) else 0)
        view = view[: self._length - self._place]
        place = self._part.start + self._place - self._before
        done = 0
        self._file.seek(place)
        while done < len(view) and (more := self._file.read(len(view) - done)):
            view[done : done + len(more)] = more
            done += len(more)
        for at, content in self._part.patches:
            first, last = max(at, place), min(at + len(content), place + done)
            if first < last:
                view[first - place : last - place] = content[first - at : last - at]
        self._place += done
        return done
