"""Users' samples to float32 in ±32768 and back: dtype kept, ranges checked, clipping counted."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.arrays import check_range
from rnnoise_py.spec.constants import PCM_SCALE

F32 = npt.NDArray[np.float32]

FULL_SCALE: Final = np.float32(PCM_SCALE)


class Converter:
    """Converts one stream; warns once, counts what was clipped."""

    def __init__(self) -> None:
        self.clipped = 0  #: integer output samples that were saturated
        self._warned = False

    def enter(self, array: npt.NDArray[Any]) -> F32:
        """Samples as new float32 in ±32768, same shape.

        Raises
        ------
        InputError
            When any is NaN, infinite or absurdly large.

        Warns
        -----
        UserWarning
            Once, when floats lie beyond ±1.
        """
        if array.dtype == np.int16:
            return array.astype(np.float32)
        self._warned |= check_range(array, warns=not self._warned)
        return array.astype(np.float32, copy=False) * FULL_SCALE

    def leave(self, samples: F32, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Samples in ±32768 as the user's dtype; int16 is rounded half to even and saturated."""
        if dtype != np.int16:
            with np.errstate(over="ignore"):  # beyond what float16 holds is infinite there
                return (samples / FULL_SCALE).astype(dtype, copy=False)
        rounded = np.rint(samples)
        if rounded.size and (rounded.max() > PCM_SCALE - 1 or rounded.min() < -PCM_SCALE):
            self.clipped += int(np.count_nonzero((rounded > PCM_SCALE - 1) | (rounded < -PCM_SCALE)))
            np.clip(rounded, -PCM_SCALE, PCM_SCALE - 1, out=rounded)
        return rounded.astype(np.int16)
