"""Audio that starts somewhere in the middle and goes on from the beginning."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.pcm import PcmSource
from rnnoise_py.spec.constants import FRAME_SIZE


class RotatedPcm:
    """Another source from some frame on, as a :class:`PcmSource`: what lies before comes after its end.

    Parameters
    ----------
    source
        A source of at least one frame; a partial last frame is left out.
    start
        Frame (480 samples) to begin with, 0 or more; taken modulo the source's frames.
    """

    def __init__(self, source: PcmSource, start: int) -> None:
        frames = source.samples // FRAME_SIZE
        self._source = source
        self._first = start % frames * FRAME_SIZE
        self.samples = frames * FRAME_SIZE

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Path, size and SHA-256 of each file, in the order of the source."""
        return self._source.sources

    @property
    def notes(self) -> list[str]:
        """What was converted or left out."""
        return self._source.notes

    def read(self, start: int, count: int) -> npt.NDArray[np.int16]:
        """Return samples ``[start, start + count)``."""
        place = (start + self._first) % self.samples
        before_end = min(count, self.samples - place)
        head = self._source.read(place, before_end)
        if before_end == count:
            return head
        return np.concatenate([head, self._source.read(0, count - before_end)])
