"""Users' samples to float32 in ±32768 and back: dtype kept, ranges checked, clipping counted."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.arrays import check_range
from rnnoise_py.spec.constants import PCM_SCALE

F32 = npt.NDArray[np.float32]

FULL_SCALE: Final = np.float32(PCM_SCALE)
_TO_ONE: Final = np.float32(1 / PCM_SCALE)  # a power of two: the product has the bits of the quotient
_HIGHEST: Final = PCM_SCALE - 1
_INT16: Final = np.dtype(np.int16)
_FLOAT32: Final = np.dtype(np.float32)
_SURELY_WITHIN: Final = 0.9 * _HIGHEST**2  # a sum of squares up to here has no sample beyond the highest


class Converter:
    """Converts one stream; warns once, counts what was clipped."""

    def __init__(self) -> None:
        self.clipped = 0  #: integer output samples that were saturated
        self._warned = False

    def enter(self, array: npt.NDArray[Any], out: F32 | None = None) -> F32:
        """Samples as float32 in ±32768, same shape: a new array, or ``out``.

        Raises
        ------
        InputError
            When any is NaN, infinite or absurdly large; ``out`` is as it was then.

        Warns
        -----
        UserWarning
            Once, when floats lie beyond ±1.
        """
        if out is None:
            out = np.empty(array.shape, np.float32)
        if array.dtype == _INT16:
            np.copyto(out, array)
            return out
        if not (array.size and array.max() <= 1 and array.min() >= -1):  # so that NaN is looked at, too
            self._warned |= check_range(array, warns=not self._warned)
        if array.dtype == _FLOAT32:
            np.multiply(array, FULL_SCALE, out=out)
        else:
            np.copyto(out, array, casting="same_kind")
            out *= FULL_SCALE
        return out

    def leave(self, samples: F32, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Samples in ±32768, which are overwritten, as a new array of the user's dtype; int16 is saturated."""
        if dtype == _INT16:
            rounded = np.rint(samples, out=samples)  # half to even
            flat = rounded.ravel()
            if not flat.dot(flat) <= _SURELY_WITHIN:
                self._saturate(rounded)
            return rounded.astype(_INT16)
        scaled = samples * _TO_ONE
        if dtype == _FLOAT32:
            return scaled
        with np.errstate(over="ignore"):  # beyond what float16 holds is infinite there
            return scaled.astype(dtype, copy=False)

    def _saturate(self, rounded: F32) -> None:
        if rounded.size and (rounded.max() > _HIGHEST or rounded.min() < -PCM_SCALE):
            self.clipped += int(np.count_nonzero((rounded > _HIGHEST) | (rounded < -PCM_SCALE)))
            np.clip(rounded, -PCM_SCALE, _HIGHEST, out=rounded)
