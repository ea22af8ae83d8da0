"""Samples that wait: appended at the end, taken from the front."""

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]


class Fifo:
    """A queue of float32 frames of some number of channels."""

    def __init__(self, channels: int) -> None:
        self._parts: list[F32] = []
        self._length = 0
        self._channels = channels

    def __len__(self) -> int:
        return self._length

    def push(self, samples: F32) -> None:
        """Append ``(n, channels)``; the array must not change afterwards."""
        if len(samples):
            self._parts.append(samples)
            self._length += len(samples)

    def pop(self, count: int) -> F32:
        """Take the first ``count`` (at most what is there) as ``(count, channels)``."""
        if count <= 0:
            return np.empty((0, self._channels), np.float32)
        joined = self._parts[0] if len(self._parts) == 1 else np.concatenate(self._parts)
        self._parts = [joined[count:]] if len(joined) > count else []
        self._length = len(joined) - min(count, len(joined))
        return joined[:count]
