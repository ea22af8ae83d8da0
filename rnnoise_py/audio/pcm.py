"""What can be read as one long PCM stream, and an array as such."""

from types import TracebackType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import FRAME_SIZE


class PcmSource(Protocol):
    """48 kHz mono int16 samples that can be read anywhere, from any thread."""

    @property
    def samples(self) -> int:
        """Total number of samples."""

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Path, size and SHA-256 of each file, in order."""

    @property
    def notes(self) -> list[str]:
        """What was converted or left out, one line each."""

    def read(self, start: int, count: int) -> npt.NDArray[np.int16]:
        """Return samples ``[start, start + count)``."""


class ArrayPcm:
    """An int16 array in memory as a :class:`PcmSource`."""

    def __init__(self, array: npt.NDArray[np.int16]) -> None:
        if array.dtype != np.int16 or array.ndim != 1:
            raise InputError(f"need a one-dimensional int16 array, got {array.ndim}-D {array.dtype}")
        if len(array) < FRAME_SIZE:
            raise InputError(f"{len(array)} samples are less than one frame ({FRAME_SIZE}): give more audio")
        self._array = array
        self.samples = len(array)
        self.sources: list[dict[str, Any]] = []
        self.notes: list[str] = []

    def __enter__(self) -> "ArrayPcm":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def read(self, start: int, count: int) -> npt.NDArray[np.int16]:
        """Return samples ``[start, start + count)`` (a view)."""
        check_range(start, count, self.samples)
        return self._array[start : start + count]


def check_range(start: int, count: int, samples: int) -> None:
    """Raise :class:`InputError` unless samples ``[start, start + count)`` are among so many."""
    if start < 0 or count < 0 or start + count > samples:
        raise InputError(f"samples {start} … {start + count} are outside the stream of {samples}")
