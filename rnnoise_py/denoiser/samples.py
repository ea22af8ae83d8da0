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
_ROUNDING: Final = 0.9  # far more than the sum can be too small by


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
        with np.errstate(over="ignore", invalid="ignore"):  # that is what is looked for
            within = _surely_within(array, 1.0) or _is_within(array, 1.0)
        if not within:
            self._warned |= check_range(array, warns=not self._warned)
        np.copyto(out, array, casting="same_kind")
        out *= FULL_SCALE
        return out

    def leave(self, samples: F32, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Samples in ±32768 as a new array of the user's dtype; int16 is rounded half to even and saturated."""
        if dtype == _INT16:
            rounded = np.rint(samples)
            if not _surely_within(rounded, _HIGHEST):
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


def _surely_within(array: npt.NDArray[Any], peak: float) -> bool:
    """Whether no sample can be beyond ``peak``, as not even the sum of all squares is; False is no answer."""
    if array.dtype != _FLOAT32:
        return False
    flat = array.ravel()
    return bool(np.dot(flat, flat) <= _ROUNDING * peak * peak)


def _is_within(array: npt.NDArray[Any], peak: float) -> bool:
    """Whether no sample is beyond ``peak``, or NaN."""
    return bool(array.size) and bool(array.max() <= peak and array.min() >= -peak)
