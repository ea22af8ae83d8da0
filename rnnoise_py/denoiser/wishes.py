"""What a listener wants besides the plain result, done to the samples of a stream: mixing, muting, cutting."""

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.denoiser.fifo import Fifo
from rnnoise_py.denoiser.gate import FRAMES_PER_SECOND, Gate, frames_of, mix_dry
from rnnoise_py.denoiser.samples import F32
from rnnoise_py.spec.constants import FRAME_SIZE


class Wishes:
    """Does what :class:`Controls` ask for to one stream.

    Parameters
    ----------
    controls
        What is wanted.
    rate
        Hz, of the stream.
    channels
        Of the stream.
    separate
        Whether the channels are streams of their own, with nothing in common: each has its gate.
    """

    def __init__(self, controls: Controls, rate: int, channels: int, *, separate: bool = False) -> None:
        self._share = controls.dry_share
        self._cut = controls.cut
        self._rate = rate
        self._late = rate // FRAMES_PER_SECOND if controls.raw_latency else 0
        self._dry = Fifo(channels)
        self._held = Fifo(channels)  # made, but not yet judged by the gate
        self._gates: list[Gate] = []
        self._look_back = 0  # frames
        if controls.vad_threshold is not None:
            self._look_back = frames_of(controls.look_back)
            times = controls.vad_threshold, controls.hang_over, controls.look_back
            self._gates = [Gate(*times, rate) for _ in range(channels if separate else 1)]
        self.given = 0  #: samples so far, cut ones too
        self.any = bool(self._share) or bool(self._gates)  #: whether anything is wanted

    @property
    def latency(self) -> int:
        """Samples by which the stream is late: a frame, and the look-back."""
        return self._samples(1 + self._look_back)

    def _samples(self, frames: int) -> int:
        return -(-frames * self._rate // FRAMES_PER_SECOND)

    def enter(self, samples: F32) -> None:
        """Take what comes in, (n, channels)."""
        if self._share:
            self._dry.push(samples)

    def hear(self, vad: npt.NDArray[np.float32]) -> None:
        """Take the speech probabilities of the next frames."""
        if len(self._gates) == 1:
            self._gates[0].feed(vad)
            return
        for gate, own in zip(self._gates, vad.T, strict=False):
            gate.feed(own)

    def finish(self) -> None:
        """No more frames: the gate decides about the last, and :meth:`rest` gives what was held back."""
        for gate in self._gates:
            gate.finish()

    def rest(self, audio: F32) -> F32:
        """Return what was held back, and ``audio`` behind it."""
        self._held.push(audio)
        return self._held.pop(len(self._held))

    def known(self, audio: F32) -> F32:
        """Hold back what the gate cannot judge yet; return what it can."""
        if not self._look_back:
            return audio
        self._held.push(audio)
        return self._held.pop(len(self._held) - self._samples(self._look_back))

    def give(self, audio: F32) -> F32:
        """Do what is wanted to the next output samples, (n, channels) at the stream's rate."""
        start, count = self.given, len(audio)
        self.given += count
        if self._share and count:
            audio = mix_dry(audio, self._dry.pop(count), self._share)
        if self._gates and count:
            gains, kept = self._gains(start - self._late, count)
            audio = audio * gains
            if self._cut:
                audio = audio[kept]
        return audio

    def give_frame(self, audio: F32) -> F32:
        """Do what is wanted to the next frame of a stream that is a frame late, and later with a gate."""
        if self._share:  # the input is on time
            dry = self._dry.pop(FRAME_SIZE) if len(self._dry) > FRAME_SIZE else np.zeros_like(audio)
            audio = mix_dry(audio, dry, self._share)
        if self._gates:
            ready = self.known(audio)
            if not len(ready):
                return np.zeros_like(audio)
            gains, _ = self._gains(self.given - FRAME_SIZE, FRAME_SIZE)
            self.given += FRAME_SIZE
            audio = ready * gains
        return audio

    def _gains(self, start: int, count: int) -> tuple[F32, npt.NDArray[np.bool_]]:
        """Gains of the next samples, (n, channels) or (n, 1), and which a cut keeps."""
        gains, kept = zip(*[gate.gains(start, count) for gate in self._gates], strict=True)
        return np.stack(gains, axis=1), kept[0]
