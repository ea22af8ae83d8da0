"""A stream in pieces as RNNoise_Wrapper has it: state kept, 10 ms late, at the pieces' rate or at 48 kHz."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.denoiser.denoiser import Denoiser
from rnnoise_py.denoiser.engine import Engine

#: rate of the pieces, rate of the result, and what else is wanted
PiecesSettings: TypeAlias = tuple[int, int, Controls]


class Pieces:
    """One stream of int16 pieces; with ``raw_latency`` 10 ms late, and nothing of its end is lost."""

    def __init__(self, engine: Engine, channels: int, settings: PiecesSettings) -> None:
        self.settings = settings
        rate, result_rate, controls = settings
        self._up: Any = None
        if rate != result_rate:
            import soxr

            self._up = soxr.ResampleStream(rate, result_rate, channels, "int16", RESAMPLER_QUALITY)
        self._denoiser = Denoiser(engine, sample_rate=result_rate, channels=channels, controls=controls)
        self._nothing = np.zeros((0, channels), np.int16)
        self._taken = self._given = 0  # samples
        #: what is pushed after the end, so that the last 10 ms come out too
        self._end = np.zeros((result_rate // 100 if controls.raw_latency else 0, channels), np.int16)

    def process(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """Take the next piece, (n, channels); return what is ready."""
        self._taken += len(samples)
        if self._up is not None:
            samples = self._up.resample_chunk(samples)
        result = self._denoiser.process(samples)
        self._given += len(result)
        return result

    @property
    def seconds_inside(self) -> float:
        """What was taken and not yet given."""
        return self._taken / self.settings[0] - self._given / self.settings[1]

    def flush(self) -> npt.NDArray[np.int16]:
        """End the stream: return all that is inside; it cannot be used afterwards."""
        with self._denoiser as denoiser:
            last = self._nothing if self._up is None else self._up.resample_chunk(self._nothing, last=True)
            parts = [denoiser.process(part) for part in (last, self._end)]
            return np.concatenate([*parts, denoiser.flush()])
