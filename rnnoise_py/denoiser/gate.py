"""Muting by speech probabilities, and mixing the input back in."""

from collections import deque
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import FRAME_MS

FRAMES_PER_SECOND: Final = 1000 // FRAME_MS


def frames_of(seconds: float) -> int:
    """Frames of 10 ms, rounded."""
    return round(seconds * FRAMES_PER_SECOND)


class Gate:
    """Opens where there is speech, from the look-back before it until the hang-over after it.

    One frame of looking back is always there and costs no time: the output is a frame late anyway. Changes are ramps
    of one frame.

    Parameters
    ----------
    threshold
        Speech probability that opens.
    hang_over
        Seconds that it stays open after speech.
    look_back
        Seconds before speech that it is open from: the gains of a frame are known so much later.
    rate
        Hz, of the audio that :meth:`gains` is for.
    """

    def __init__(self, threshold: float, hang_over: float, look_back: float, rate: int) -> None:
        self._threshold = threshold
        self._hang = frames_of(hang_over)
        self._ahead = 1 + frames_of(look_back)  # frames that are heard before one is decided
        self._rate = rate
        self._since = self._hang + self._ahead  # frames since the last speech
        self._states: deque[bool] = deque()  # of frames from _first on
        self._first = 0
        self._heard = 0

    def feed(self, vad: npt.NDArray[np.float32]) -> None:
        """Take the speech probabilities of the next frames, float32 (frames,) or (frames, channels)."""
        loudest = vad if vad.ndim == 1 else vad.max(axis=1)
        for probability in loudest:
            speech = bool(probability >= self._threshold)
            self._since = 0 if speech else self._since + 1
            self._heard += 1
            if self._heard > self._ahead:
                self._states.append(self._since <= self._hang + self._ahead)

    def finish(self) -> None:
        """No more frames: decide about the last."""
        for to_come in reversed(range(min(self._ahead, self._heard))):
            self._states.append(self._since <= self._hang + to_come)

    def gains(self, start: int, count: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Gains of output samples ``start`` … ``start + count − 1``, and which of them a cut would keep.

        To be asked in order of time; samples after the last frame count as its. Before the first (``raw_latency``)
        there is no sound to keep: closed, so that a stream, which cannot know that frame yet, equals the whole.
        """
        places = np.arange(start, start + count, dtype=np.int64) * FRAMES_PER_SECOND
        frames = places // self._rate
        position = ((places - frames * self._rate) / self._rate).astype(np.float32)
        first, last = int(frames[0]), int(frames[-1])
        states = np.array([self._state(frame) for frame in range(first - 1, last + 1)], np.float32)
        own = states[frames - first + 1]
        before = states[frames - first]
        while self._first < first - 1 and len(self._states) > 1:
            self._states.popleft()
            self._first += 1
        sounds = places >= 0
        return (before + (own - before) * position) * sounds, ((own + before) > 0) & sounds

    def _state(self, frame: int) -> bool:
        if not self._states:
            return False
        index = min(max(frame - self._first, 0), len(self._states) - 1)
        return self._states[index]


def mix_dry(wet: npt.NDArray[Any], dry: npt.NDArray[Any], share: float) -> npt.NDArray[Any]:
    """``wet·(1 − share) + dry·share``, float32."""
    return wet * np.float32(1 - share) + dry * np.float32(share)
