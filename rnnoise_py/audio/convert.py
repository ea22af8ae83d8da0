"""The one conversion to int16 and the one downmix."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import PCM_SCALE

INT16_MIN, INT16_MAX = -PCM_SCALE, PCM_SCALE - 1


def to_int16(samples: npt.NDArray[np.floating[Any]]) -> tuple[npt.NDArray[np.int16], int]:
    """Round half to even and saturate.

    Parameters
    ----------
    samples
        Finite float samples, ±1 is full scale, any shape.

    Returns
    -------
    int16 array of the same shape, ``clip(rint(32768·x), −32768, 32767)``, and how many samples were clipped.
    """
    with np.errstate(over="ignore"):  # what becomes infinite is clipped as it should be
        scaled = samples * samples.dtype.type(PCM_SCALE)
    np.rint(scaled, out=scaled)
    clipped = 0
    if scaled.size and (scaled.max() > INT16_MAX or scaled.min() < INT16_MIN):
        clipped = int(np.count_nonzero((scaled > INT16_MAX) | (scaled < INT16_MIN)))
        np.clip(scaled, INT16_MIN, INT16_MAX, out=scaled)
    return scaled.astype(np.int16), clipped


def downmix(frames: npt.NDArray[Any]) -> npt.NDArray[np.floating[Any]]:
    """Mean of the channels.

    Parameters
    ----------
    frames
        ``(samples, channels)`` float32 or float64.

    Returns
    -------
    ``(samples,)``: the same dtype for one channel, else float64.
    """
    if frames.shape[1] == 1:
        return frames[:, 0]
    total = frames[:, 0].astype(np.float64)
    for channel in range(1, frames.shape[1]):
        total += frames[:, channel]
    total /= frames.shape[1]
    return total
