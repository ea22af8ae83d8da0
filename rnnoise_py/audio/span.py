"""A part of some audio as a source of its own."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.pcm import PcmSource
from rnnoise_py.spec.constants import FRAME_SIZE


class SpanPcm:
    """Some frames of another source, as a :class:`PcmSource`.

    Parameters
    ----------
    source
        Another source.
    first, frames
        First frame (480 samples) and how many; they lie within the source.
    """

    def __init__(self, source: PcmSource, first: int, frames: int) -> None:
        self._source = source
        self._first = first * FRAME_SIZE
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
        return self._source.read(self._first + start, count)
