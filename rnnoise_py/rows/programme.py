"""What is mixed with what, row after row: the plans that the mixer carries out."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import PcmSource
from rnnoise_py.dsp.rand import new_rand
from rnnoise_py.rows.draws import Draw, first_draw, next_draw
from rnnoise_py.spec.constants import FRAME_SIZE, NOISE_SKIP_FRAMES, REDRAW_FRAMES

Int16 = npt.NDArray[np.int16]


class LoopReader:
    """Frames of a source, over and over; a partial last frame is never read (quirk Q-PARTIAL-DROPPED)."""

    def __init__(self, source: PcmSource, skip: int = 0) -> None:
        self._source = source
        self._frames = source.samples // FRAME_SIZE
        self._next = skip if self._frames > skip else 0  # quirk Q-NOISE-SKIP

    def skip(self, count: int) -> None:
        """Move on by ``count`` frames without reading."""
        self._next = (self._next + count) % self._frames

    def read(self, count: int) -> Int16:
        """Return the next ``count`` frames, int16 (480·count,)."""
        parts = []
        while count > 0:
            taken = min(count, self._frames - self._next)
            parts.append(self._source.read(self._next * FRAME_SIZE, taken * FRAME_SIZE))
            count -= taken
            self.skip(taken)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Programme(Protocol):
    """Says for each row what is drawn for it, and has its samples."""

    @property
    def draw(self) -> Draw:
        """For the rows that come next."""

    def due(self, count: int) -> int:
        """Draw where a re-draw falls due; how many of the next ``count`` rows share :attr:`draw`."""

    def read(self, count: int, speech: Int16, noise: Int16) -> None:
        """Read the next ``count`` rows, at most as many as are :meth:`due`, int16 (480·count,) each; go on."""

    def seek(self, row: int) -> None:
        """Go to a row; called once, before anything is read."""


class V01Programme:
    """That of the v0.1 training tool: both files from their beginning on, new draws every 2822 rows.

    Source: contract/features §17, §18.
    """

    def __init__(self, clean: PcmSource, noise: PcmSource, seed: int) -> None:
        self.draw = first_draw()
        self._rand = new_rand(seed)
        self._speech = LoopReader(clean)
        self._noise = LoopReader(noise, NOISE_SKIP_FRAMES)
        self._left = REDRAW_FRAMES  # rows until the next re-draw

    def due(self, count: int) -> int:
        """Draw where a re-draw falls due; how many of the next ``count`` rows share :attr:`draw`."""
        if self._left == 0:
            self.draw = next_draw(self._rand, self.draw)
            self._left = REDRAW_FRAMES + 1
        return min(count, self._left)

    def read(self, count: int, speech: Int16, noise: Int16) -> None:
        """Read the next ``count`` rows."""
        self._left -= count
        for gain, reader, samples in (
            (self.draw.speech_gain, self._speech, speech),
            (self.draw.noise_gain, self._noise, noise),
        ):
            samples[:] = reader.read(count) if gain != 0 else 0  # quirk Q-MUTED-NOT-READ

    def seek(self, row: int) -> None:
        """Draw what comes before a row, and move on in the files."""
        while row > 0:
            taken = self.due(row)
            self._left -= taken
            row -= taken
            if self.draw.speech_gain != 0:
                self._speech.skip(taken)
            if self.draw.noise_gain != 0:
                self._noise.skip(taken)
