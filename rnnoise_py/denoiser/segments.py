"""Stretches of speech from speech probabilities."""

from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.controls import DEFAULT_CONTROLS
from rnnoise_py.spec.constants import FRAME_MS

DEFAULT_THRESHOLD: Final = 0.5  #: speech probability from which a frame is speech


def speech_segments(
    vad: npt.NDArray[np.float32], threshold: float = DEFAULT_THRESHOLD, hang_over: float = DEFAULT_CONTROLS.hang_over
) -> list[tuple[float, float]]:
    """Join frames of speech to segments.

    Parameters
    ----------
    vad
        Speech probabilities of 10 ms each, float32 in 0 … 1, (frames,) or (frames, channels): the highest of the
        channels counts.
    threshold
        Probability from which a frame is speech, 0 … 1.
    hang_over
        Seconds; shorter pauses do not end a segment.

    Returns
    -------
    ``(start, end)`` in seconds, in order; ends are those of the last frame of speech.
    """
    loudest = vad if vad.ndim == 1 else vad.max(axis=1)
    frames = np.flatnonzero(loudest >= threshold)
    if not len(frames):
        return []
    longest = max(1, round(hang_over * 1000 / FRAME_MS))
    breaks = np.flatnonzero(np.diff(frames) > longest)
    starts = frames[np.concatenate([[0], breaks + 1])]
    ends = frames[np.concatenate([breaks, [len(frames) - 1]])] + 1
    return [(int(a) * FRAME_MS / 1000, int(b) * FRAME_MS / 1000) for a, b in zip(starts, ends, strict=True)]
