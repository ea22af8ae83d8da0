"""The shapes of a denoiser's arrays: (samples, channels), or (streams, samples) of streams that run in step."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.errors import InputError, is_whole


class Layout:
    """Channels of one stream, or independent mono streams.

    Raises
    ------
    InputError
        When a number is not whole or below 1, both are given, or controls that streams in step cannot have.
    """

    def __init__(self, channels: int, streams: int | None, controls: Controls | None) -> None:
        for number, what in ((channels, "channels"), (1 if streams is None else streams, "streams")):
            if not is_whole(number) or number < 1:
                raise InputError(f"{number!r} {what}: give a whole number, 1 or more")
        if streams is not None and channels != 1:
            raise InputError(f"{channels} channels and {streams} streams: streams are mono, leave the channels out")
        if streams is not None and controls is not None and controls.cut:
            raise InputError("cut makes streams of different lengths: leave it out, or use denoise_batch")
        self.streams = streams
        self.apart = streams is not None  #: whether channels have nothing in common
        self.states = channels if streams is None else streams  #: how many remember something

    def enter(self, array: npt.ArrayLike) -> npt.ArrayLike:
        """Return a user's array as (samples, channels); :class:`InputError` when it has other streams."""
        if self.streams is None:
            return array
        turned = np.asarray(array)
        if turned.ndim != 2 or len(turned) != self.streams:
            raise InputError(f"an array of shape {turned.shape}: give (streams, samples), here ({self.streams}, n)")
        return turned.T

    def leave(self, result: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return (samples, channels) as the user has it."""
        return result if self.streams is None else np.ascontiguousarray(result.T)

    def vad(self, vad: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The same of probabilities."""
        return vad if self.streams is None else np.ascontiguousarray(vad.reshape(-1, self.streams).T)
