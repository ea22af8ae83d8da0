"""Users' samples to float32 in ±32768 and back: dtype kept, ranges checked, clipping counted."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.full_scale import peak_of, warn_beyond
from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import PCM_SCALE

F32 = npt.NDArray[np.float32]

FULL_SCALE: Final = np.float32(PCM_SCALE)


def check_array(audio: Any, channels: int | None = None) -> npt.NDArray[Any]:
    """Return the audio as an array of int16 or float, ``(samples,)`` or ``(samples, channels)``.

    Raises
    ------
    InputError
        For any other dtype or shape.
    """
    array = np.asarray(audio)
    if array.dtype != np.int16 and not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"audio has dtype {array.dtype}: give int16, or float in ±1")
    if array.ndim not in (1, 2):
        raise InputError(f"audio has {array.ndim} dimensions: give (samples,) or (samples, channels)")
    found = 1 if array.ndim == 1 else array.shape[1]
    if found < 1:
        raise InputError("audio has 0 channels: give at least one")
    if channels is not None and found != channels:
        raise InputError(f"audio has {found} channels, but this stream has {channels}")
    return array


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
        peak = peak_of(array)
        if peak > 1 and not self._warned:
            self._warned = True
            warn_beyond(peak, "it is used as it is, and not clipped")
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
