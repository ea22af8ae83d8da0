"""The one check of a user's array: dtype, dimensions, finite samples, range."""

import sys
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError

MAX_CHANNELS: Final = 64  #: of an array; more are taken for samples

_LOOKS_LIKE_INTEGERS: Final = 8.0  # float samples beyond this are hardly overshoots of ±1
_HIGHEST: Final = 1e10  # of full scale; the kernels count up to some 1e10 times as much
_PACKAGE: Final = __name__.split(".", maxsplit=1)[0]
#: how other integers become what is taken
_REMEDIES: Final = {
    "uint8": "(x.astype(np.float32) - 128) / 128",
    "int8": "x.astype(np.float32) / 128",
    "int32": "x / 2147483648",
    "int64": "x.astype(np.int16) if its values are 16-bit ones",
}


def check_array(
    audio: Any, name: str = "audio", *, mono: bool = False, channels: int | None = None, least: int = 0
) -> npt.NDArray[Any]:
    """Return audio as an array of int16 or float in the machine's byte order, without looking at the samples.

    Parameters
    ----------
    audio
        Anything that numpy makes an array of: ``(samples,)`` or ``(samples, channels)``.
    name
        What the messages call it.
    mono
        Take one dimension only.
    channels
        How many there must be, in a stream that has begun; None: any plausible number.
    least
        Samples needed.

    Raises
    ------
    InputError
        For other dtypes and shapes, too few samples, and ``(channels, samples)``: more than 64 channels, or more
        channels than samples.
    """
    if isinstance(audio, (str, bytes, Path)):
        raise InputError(f"{name} is a {type(audio).__name__}: give an array of int16, or of float in ±1")
    try:
        array = np.asarray(audio)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is no array ({error}): give int16, or float in ±1") from error
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype != np.int16 and not np.issubdtype(array.dtype, np.floating):
        remedy = _REMEDIES.get(array.dtype.name)
        raise InputError(
            f"{name} has dtype {array.dtype}: give int16, or float in ±1" + (f", here {remedy}" if remedy else "")
        )
    if mono and array.ndim != 1:
        raise InputError(f"{name} has {array.ndim} dimensions, {array.shape}: give one channel, one-dimensional")
    if array.ndim not in (1, 2):
        raise InputError(f"{name} has {array.ndim} dimensions: give (samples,) or (samples, channels)")
    if array.ndim == 2:
        _check_channels(array.shape, name, channels)
    elif channels not in (None, 1):
        raise InputError(f"{name} has 1 channel, but this stream has {channels}: give (samples, {channels})")
    if len(array) < least:
        what = "holds no samples" if not len(array) else f"has {len(array)} samples"
        raise InputError(f"{name} {what}: give at least {'one sample' if least == 1 else least}")
    return array


def _check_channels(shape: tuple[int, ...], name: str, wanted: int | None) -> None:
    samples, found = shape
    if found < 1:
        raise InputError(f"{name} has 0 channels: give at least one")
    if wanted is None and (found > MAX_CHANNELS or found > samples > 0):
        raise InputError(
            f"{name} has {found} channels of {samples} samples, {shape}: is it (channels, samples)? pass x.T"
        )
    if wanted is not None and found != wanted:
        turned = ": is it (channels, samples)? pass x.T" if samples == wanted else ""
        raise InputError(f"{name} has {found} channels, but this stream has {wanted}{turned}")


def check_range(array: npt.NDArray[Any], name: str = "audio", *, clips: bool = False, warns: bool = True) -> bool:
    """Look at the samples of a checked array, and whether it was warned about them.

    Parameters
    ----------
    array
        int16, which is always in range, or float.
    name
        What the messages call it.
    clips
        What lies beyond ±1 will be clipped to 16 bits, else it is used as it is.
    warns
        Whether to warn.

    Raises
    ------
    InputError
        When any sample is NaN, infinite or beyond ±1e10.

    Warns
    -----
    UserWarning
        When any lies beyond ±1, at the line that called the package.
    """
    if array.dtype == np.int16 or not array.size:
        return False
    peak = max(float(array.max()), -float(array.min()))
    if not np.isfinite(peak):
        raise InputError(f"{name} holds samples that are not finite (NaN or infinite): repair it first")
    if peak > _HIGHEST:
        raise InputError(f"{name} reaches {peak:g}, which no audio does: give int16, or float in ±1")
    if peak <= 1 or not warns:
        return False
    if peak > _LOOKS_LIKE_INTEGERS:
        text = f"{name} reaches {peak:g}: it looks like integers; floats are taken as ±1, int16 as int16"
    elif clips:
        beyond = np.count_nonzero(np.abs(array) > 1)
        text = f"{name} reaches ±{peak:.3g}, beyond ±1: {beyond} of {array.size} samples are clipped to 16 bits"
    else:
        text = f"{name} reaches ±{peak:.3g}, beyond ±1: it is used as it is, and not clipped"
    warnings.warn(text, stacklevel=_levels_to_the_outside() + 1)
    return True


def _levels_to_the_outside() -> int:
    """How many callers up the first one outside of this package is, as ``stacklevel`` of the caller counts."""
    frame, levels = sys._getframe(1), 0
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == _PACKAGE:
        frame, levels = frame.f_back, levels + 1
    return levels
