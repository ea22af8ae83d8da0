"""The training mixer: which frames of which file, at which gains, through which random filters.

Source: the contract's row assembly. Everything that is drawn at random changes only every 2822 rows, so the
mixer is a short plan in plain Python around one kernel over the samples.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import PcmSource
from rnnoise_py.constants import (
    BAND_EDGES,
    FRAME_SIZE,
    FREQ_SIZE,
    LOWPASS_SPAN,
    LOWPASS_START,
    MUTE_ONE_IN,
    NB_BANDS,
    NOISE_GAIN_DB,
    NOISE_SKIP_FRAMES,
    PITCH_BUF_SIZE,
    RAND_MAX,
    RANDOM_FILTER_SCALE,
    REDRAW_FRAMES,
    SAMPLE_RATE,
    SPEECH_GAIN_DB,
)
from rnnoise_py.dsp.mixing import mix_frames
from rnnoise_py.dsp.rand import new_rand, rand_next
from rnnoise_py.dsp.targets import Mixed
from rnnoise_py.dsp.vad_label import vad_labels

F32 = npt.NDArray[np.float32]

#: samples before a frame that its pitch buffer holds
NOISY_HISTORY: Final = PITCH_BUF_SIZE - FRAME_SIZE


@dataclass(frozen=True)
class Draw:
    """What one re-draw decides, until the next one."""

    speech_gain: np.float32
    noise_gain: np.float32
    filters: F32  #: (2, 4): of speech and noise the random filter a0, a1, b0, b1
    lowpass: int  #: bins kept; may exceed the number of bins
    band_lp: int  #: last band that is trained


def first_draw() -> Draw:
    """Return the state before the first re-draw: everything passes as it is."""
    return Draw(np.float32(1), np.float32(1), np.zeros((2, 4), np.float32), FREQ_SIZE, NB_BANDS)


def next_draw(rand: npt.NDArray[np.int64], before: Draw) -> Draw:
    """Draw gains, filters and low-pass in the reference's order of ``rand()`` calls."""

    def value() -> int:
        return int(rand_next(rand))

    def amplitude(decibels: int) -> np.float32:
        return np.float32(math.pow(10.0, decibels / 20.0))

    def coefficient() -> np.float32:
        uniform = np.float32(value() / RAND_MAX - 0.5)
        return np.float32(RANDOM_FILTER_SCALE * np.float64(uniform))

    speech_gain = amplitude(SPEECH_GAIN_DB[0] + value() % SPEECH_GAIN_DB[1])
    noise_gain = amplitude(NOISE_GAIN_DB[0] + value() % NOISE_GAIN_DB[1])
    if value() % MUTE_ONE_IN == 0:
        noise_gain = np.float32(0)
    noise_gain = np.float32(noise_gain * speech_gain)
    if value() % MUTE_ONE_IN == 0:
        speech_gain = np.float32(0)
    noise_filter = [coefficient() for _ in range(4)]
    speech_filter = [coefficient() for _ in range(4)]
    start = FREQ_SIZE * float(LOWPASS_START) / (SAMPLE_RATE / 2)
    lowpass = int(start * math.pow(float(LOWPASS_SPAN), value() / RAND_MAX))  # quirk Q-LOWPASS-OVER
    above = [band for band, edge in enumerate(BAND_EDGES) if edge > lowpass]
    band_lp = above[0] if above else before.band_lp  # quirk Q-BAND-LP
    filters = np.array([speech_filter, noise_filter], dtype=np.float32)
    return Draw(speech_gain, noise_gain, filters, lowpass, band_lp)


class LoopReader:
    """Frames of a source, over and over; a partial last frame is never read (quirk Q-PARTIAL-DROPPED)."""

    def __init__(self, source: PcmSource, skip: int = 0) -> None:
        self._source = source
        self._frames = source.samples // FRAME_SIZE
        self._next = skip if self._frames > skip else 0  # quirk Q-NOISE-SKIP

    def skip(self, count: int) -> None:
        """Move on by ``count`` frames without reading."""
        self._next = (self._next + count) % self._frames

    def read(self, out: npt.NDArray[np.int16]) -> None:
        """Fill ``out``, int16 (frames, 480), with the next frames."""
        done = 0
        while done < len(out):
            count = min(len(out) - done, self._frames - self._next)
            pcm = self._source.read(self._next * FRAME_SIZE, count * FRAME_SIZE)
            out[done : done + count] = pcm.reshape(count, FRAME_SIZE)
            done += count
            self.skip(count)


@dataclass(frozen=True)
class MixerState:
    """All that the mixer remembers between two rows; with sources and seed it resumes exactly there."""

    row: int  #: rows mixed so far
    memory: F32  #: (4, 2) filter memories
    vad_count: int
    clean: F32  #: (480,) last filtered speech
    noise: F32  #: (480,) last filtered noise
    noisy: F32  #: (1248,) last mixed samples


def initial_state() -> MixerState:
    """Return the state before the first row."""
    return MixerState(
        row=0, memory=np.zeros((4, 2), np.float32), vad_count=0, clean=np.zeros(FRAME_SIZE, np.float32),
        noise=np.zeros(FRAME_SIZE, np.float32), noisy=np.zeros(NOISY_HISTORY, np.float32),
    )


class Mixer:
    """Mixes clean speech and noise frame by frame, for ever.

    Parameters
    ----------
    clean, noise
        48 kHz mono int16 sources of at least one frame.
    seed
        Seed of the C library's ``rand()``; 1 is the unseeded reference.
    state
        Where to go on; the beginning when left out.
    """

    def __init__(
        self, clean: PcmSource, noise: PcmSource, seed: int = 1, state: MixerState | None = None
    ) -> None:
        self.state = state or initial_state()
        self._rand = new_rand(seed)
        self._draw = first_draw()
        self._speech = LoopReader(clean)
        self._noise = LoopReader(noise, NOISE_SKIP_FRAMES)
        self._left = REDRAW_FRAMES  # rows until the next re-draw
        self._seek(self.state.row)

    def mix(self, count: int, padded: int) -> Mixed:
        """Mix the next ``count`` rows; signals and labels are padded with silence to ``padded`` rows."""
        state = self.state
        speech = np.zeros((count, FRAME_SIZE), np.int16)
        noise = np.zeros((count, FRAME_SIZE), np.int16)
        gains = np.empty((count, 2), np.float32)
        filters = np.empty((count, 2, 4), np.float32)
        lowpass = np.full(padded, FREQ_SIZE, np.int64)
        band_lp = np.full(padded, NB_BANDS, np.int64)
        noise_gain = np.zeros(padded, np.float32)
        done = 0
        while done < count:
            rows = slice(done, done + self._advance(count - done))
            draw = self._draw
            gains[rows] = draw.speech_gain, draw.noise_gain
            filters[rows] = draw.filters
            lowpass[rows] = draw.lowpass
            band_lp[rows] = draw.band_lp
            noise_gain[rows] = draw.noise_gain
            if draw.speech_gain != 0:  # quirk Q-MUTED-NOT-READ
                self._speech.read(speech[rows])
            if draw.noise_gain != 0:
                self._noise.read(noise[rows])
            done = rows.stop
        size = padded * FRAME_SIZE
        signals = [
            np.concatenate([history, np.zeros(size, np.float32)])
            for history in (state.clean, state.noise, state.noisy)
        ]
        memory = state.memory.copy()
        energies = np.zeros(count, np.float32)
        views = [signal[-size:] for signal in signals]
        mix_frames(speech, noise, gains, filters, memory, *views, energies, count)
        vad = np.zeros(padded, np.float32)
        vad_count = vad_labels(energies, state.vad_count, vad)
        end = count * FRAME_SIZE
        clean, noise_signal, noisy = signals
        self.state = MixerState(
            row=state.row + count, memory=memory, vad_count=int(vad_count), clean=clean[end : end + FRAME_SIZE],
            noise=noise_signal[end : end + FRAME_SIZE], noisy=noisy[end : end + NOISY_HISTORY],
        )
        return Mixed(clean, noise_signal, noisy, lowpass, band_lp, noise_gain, vad)

    def _advance(self, count: int) -> int:
        """Take up to ``count`` rows that share one draw, drawing first where a re-draw falls due."""
        if self._left == 0:
            self._draw = next_draw(self._rand, self._draw)
            self._left = REDRAW_FRAMES + 1
        taken = min(count, self._left)
        self._left -= taken
        return taken

    def _seek(self, row: int) -> None:
        while row > 0:
            taken = self._advance(row)
            row -= taken
            if self._draw.speech_gain != 0:
                self._speech.skip(taken)
            if self._draw.noise_gain != 0:
                self._noise.skip(taken)
