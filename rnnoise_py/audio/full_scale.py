"""Float audio in ±1: not finite is refused, beyond ±1 is said."""

import sys
import warnings
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import PCM_SCALE

_LOOKS_LIKE_INTEGERS: Final = 8.0  # float samples beyond this are hardly overshoots of ±1
_HIGHEST: Final = float(np.finfo(np.float32).max) / PCM_SCALE  # what float32 in ±32768 can hold
_PACKAGE: Final = __name__.split(".")[0]


def peak_of(samples: npt.NDArray[np.floating[Any]], name: str = "audio") -> float:
    """Return the largest absolute value of float samples of any shape; 0 when there are none.

    Raises
    ------
    InputError
        When any is NaN, infinite or too large for float32 in ±32768.
    """
    peak = max(float(samples.max()), -float(samples.min())) if samples.size else 0.0
    if not np.isfinite(peak):
        raise InputError(f"{name} holds samples that are not finite (NaN or infinite): repair it first")
    if peak > _HIGHEST:
        raise InputError(f"{name} reaches {peak:g}, which no audio does: give int16, or float in ±1")
    return peak


def warn_beyond(peak: float, fate: str, name: str = "float audio") -> None:
    """Warn about samples beyond ±1, at the line that called the package; ``fate`` says what becomes of them."""
    if peak > _LOOKS_LIKE_INTEGERS:
        text = f"{name} reaches {peak:g}: it looks like integers; floats are taken as ±1, int16 as int16"
    else:
        text = f"{name} reaches ±{peak:.3g}, beyond ±1: {fate}"
    warnings.warn(text, stacklevel=_levels_to_the_outside() + 1)


def _levels_to_the_outside() -> int:
    """How many callers up the first one outside of this package is, as ``stacklevel`` of the caller counts."""
    frame, levels = sys._getframe(1), 0
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == _PACKAGE:
        frame, levels = frame.f_back, levels + 1
    return levels
