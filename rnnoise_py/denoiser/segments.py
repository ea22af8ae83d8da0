"""Stretches of speech from speech probabilities."""

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.controls import DEFAULT_HANG_OVER
from rnnoise_py.spec.constants import FRAME_MS


def speech_segments(
    vad: npt.NDArray[np.float32], threshold: float = 0.5, hang_over: float = DEFAULT_HANG_OVER
) -> list[tuple[float, float]]:
    """Join frames of speech to segments.

    Parameters
    ----------
    vad
        Speech probabilities, (frames,) or (frames, channels): the highest of the channels counts.
    threshold
        Probability from which a frame is speech.
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
