"""The parts of a file, one after the other, as one recording."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.containers import Part
from rnnoise_py.audio.section import Section
from rnnoise_py.errors import InputError

_COUNT_FRAMES: Final = 1 << 16  # decoded at a time to count


class Joined:
    """Parts of a file, with the few calls of ``soundfile.SoundFile`` that are used.

    Raises
    ------
    InputError
        When the parts differ in rate, channels or coding: what they are, and what to do.
    soundfile.LibsndfileError
        When one cannot be read.
    """

    def __init__(self, source: Path | BinaryIO, parts: Sequence[Part], name: str) -> None:
        self._parts = parts
        self._own = isinstance(source, Path)
        self._stream: BinaryIO = source.open("rb") if isinstance(source, Path) else source
        self._now = -1
        self._file: Any = None
        self._ends: list[int] = []  # frame behind each part
        self.missing_frames = 0  #: stated by the headers and not there
        self.undecoded_frames = 0  #: found in reading to be damaged
        try:
            self._measure(name)
        except BaseException:
            self.close()
            raise
        self._place = 0
        self._go(0)

    @property
    def frames(self) -> int:
        """In all."""
        return self._ends[-1]

    def _measure(self, name: str) -> None:
        first: tuple[Any, ...] | None = None
        end = 0
        for number in range(len(self._parts)):
            self._go(number)
            file, part = self._file, self._parts[number]
            kind = (file.samplerate, file.channels, file.subtype)
            if first is None:
                first = kind
                self.samplerate, self.channels, self.subtype, self.format = *kind, file.format
            elif kind != first:
                raise InputError(
                    f"{name} is several recordings in one file, and they differ: {_words(first)}, from "
                    f"{end / first[0]:.2f} s on {_words(kind)}: take them apart, or convert it, e.g. with ffmpeg"
                )
            stated = int(file.frames)
            frames = stated if part.frames is None else part.frames
            if part.doubtful:
                frames = _count(file)
            missing = stated - frames if part.missing_frames is None else part.missing_frames
            if missing <= 0 and part.missing and part.data:
                missing = round(part.missing * frames / part.data)
            self.missing_frames += max(0, missing)
            end += frames
            self._ends.append(end)

    def _go(self, number: int) -> None:
        """Open a part at its beginning."""
        import soundfile

        if self._file is not None:
            self._file.close()
            self._file = None
        self._file = soundfile.SoundFile(Section(self._stream, self._parts[number]))
        if self._parts[number].doubtful:  # else it seeks after each block, and where pages are missing that goes astray
            self._file.seekable = lambda: False
        self._now = number

    def read(self, count: int, dtype: str, always_2d: bool = True) -> npt.NDArray[Any]:
        """Read at most ``count`` frames, all that are left when it is negative."""
        left = self.frames - self._place if count < 0 else min(count, self.frames - self._place)
        blocks = []
        while left > 0:
            here = min(left, self._ends[self._now] - self._place)
            block = read_block(self._file, here, dtype)
            blocks.append(block)
            self._place += len(block)
            left -= here
            if len(block) < here:  # there is less than was thought
                lost = self._ends[self._now] - self._place
                self._ends[self._now :] = [end - lost for end in self._ends[self._now :]]
                self.undecoded_frames += lost
            if self._place == self._ends[self._now] and self._now + 1 < len(self._parts):
                self._go(self._now + 1)
        if len(blocks) == 1:
            return blocks[0]
        return np.concatenate(blocks) if blocks else np.empty((0, self.channels), dtype)

    def seek(self, frame: int) -> int:
        """Go to a frame."""
        number = next((k for k, end in enumerate(self._ends) if frame < end), len(self._ends) - 1)
        if number != self._now:
            self._go(number)
        self._file.seek(frame - (self._ends[number - 1] if number else 0))
        self._place = frame
        return frame

    def seekable(self) -> bool:
        """Whether parts can be sought in."""
        return bool(self._file.seekable())

    def close(self) -> None:
        """Close the file, unless it was given open."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._own:
            self._stream.close()


def read_block(file: Any, count: int, dtype: str) -> npt.NDArray[Any]:
    """Read frames, fewer only at the end, or at damage behind which the decoder does not go on.

    MPEG decoders stop for a moment at damage. From others nothing good comes behind a block that is not full.
    """
    blocks = [file.read(count, dtype=dtype, always_2d=True)]
    left = count - len(blocks[0])
    while left and file.subtype.startswith("MPEG_") and len(block := file.read(left, dtype=dtype, always_2d=True)):
        blocks.append(block)
        left -= len(block)
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _count(file: Any) -> int:
    """Frames that decoding gives, up to the first block that is not full: behind an error some decoders go on."""
    frames = 0
    while True:
        got = len(read_block(file, _COUNT_FRAMES, "float32"))
        frames += got
        if got < _COUNT_FRAMES:
            return frames


def _words(kind: tuple[Any, ...]) -> str:
    rate, channels, coding = kind
    return f"{rate} Hz, {channels} channel{'s'[: channels != 1]}, {coding}"
