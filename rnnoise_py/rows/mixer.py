"""The training mixer: which frames of which file, at which gains, through which random filters.

Source: contract/features §17, §18. Everything that is drawn at random changes only every 2822 rows, so the
mixer is a short plan in plain Python around one kernel over the samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import PcmSource
from rnnoise_py.dsp.mixer import mix_frames
from rnnoise_py.dsp.rand import new_rand
from rnnoise_py.dsp.rows import Mixed
from rnnoise_py.dsp.vad_label import vad_labels
from rnnoise_py.rows.draws import first_draw, next_draw
from rnnoise_py.spec.constants import (
    FRAME_SIZE,
    FREQ_SIZE,
    NB_BANDS,
    NOISE_SKIP_FRAMES,
    PITCH_BUF_SIZE,
    REDRAW_FRAMES,
    WINDOW_SIZE,
)

F32 = npt.NDArray[np.float32]

#: samples before a frame that its pitch buffer holds
NOISY_HISTORY: Final = PITCH_BUF_SIZE - FRAME_SIZE


class LoopReader:
    """Frames of a source, over and over; a partial last frame is never read (quirk Q-PARTIAL-DROPPED)."""

    def __init__(self, source: PcmSource, skip: int = 0) -> None:
        self._source = source
        self._frames = source.samples // FRAME_SIZE
        self._next = skip if self._frames > skip else 0  # quirk Q-NOISE-SKIP

    def skip(self, count: int) -> None:
        """Move on by ``count`` frames without reading."""
        self._next = (self._next + count) % self._frames

    def read(self, count: int) -> npt.NDArray[np.int16]:
        """Return the next ``count`` frames, int16 (480·count,)."""
        parts = []
        while count > 0:
            taken = min(count, self._frames - self._next)
            parts.append(self._source.read(self._next * FRAME_SIZE, taken * FRAME_SIZE))
            count -= taken
            self.skip(taken)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


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
        row=0,
        memory=np.zeros((4, 2), np.float32),
        vad_count=0,
        clean=np.zeros(FRAME_SIZE, np.float32),
        noise=np.zeros(FRAME_SIZE, np.float32),
        noisy=np.zeros(NOISY_HISTORY, np.float32),
    )


class MixerBuffers:
    """The arrays of one chunk of some mixers: kept, for fresh memory costs more than the work on it."""

    def __init__(self, rows: int, mixers: int = 1) -> None:
        size = rows * FRAME_SIZE
        self.pcm = np.zeros(2 * mixers * size, np.int16)
        self.energies = np.zeros((mixers, rows), np.float32)
        self.clean = np.zeros((mixers, FRAME_SIZE + size + WINDOW_SIZE), np.float32)
        self.noise = np.zeros((mixers, FRAME_SIZE + size + WINDOW_SIZE), np.float32)
        self.noisy = np.zeros((mixers, NOISY_HISTORY + size), np.float32)
        self.mixed = [
            Mixed(
                clean=clean,
                noise=noise,
                noisy=noisy,
                lowpass=np.full(rows, FREQ_SIZE, np.int64),
                band_lp=np.full(rows, NB_BANDS, np.int64),
                noise_gain=np.zeros(rows, np.float32),
                vad=np.zeros(rows, np.float32),
            )
            for clean, noise, noisy in zip(self.clean, self.noise, self.noisy, strict=True)
        ]


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

    def __init__(self, clean: PcmSource, noise: PcmSource, seed: int = 1, state: MixerState | None = None) -> None:
        self.state = state or initial_state()
        self._rand = new_rand(seed)
        self._draw = first_draw()
        self._speech = LoopReader(clean)
        self._noise = LoopReader(noise, NOISE_SKIP_FRAMES)
        self._left = REDRAW_FRAMES  # rows until the next re-draw
        self._seek(self.state.row)

    def mix(self, count: int, own: MixerBuffers) -> Mixed:
        """Mix the next ``count`` rows into ``own``, which has room for them; beyond them it holds leftovers."""
        return mix_together([self], count, own)[0]

    def _begin(self, mixed: Mixed) -> None:
        """Put down what comes before the rows."""
        mixed.clean[:FRAME_SIZE] = self.state.clean
        mixed.noise[:FRAME_SIZE] = self.state.noise
        mixed.noisy[:NOISY_HISTORY] = self.state.noisy

    def _read(self, rows: slice, mixed: Mixed, speech: npt.NDArray[np.int16], noise: npt.NDArray[np.int16]) -> None:
        """Say how some rows are drawn and read their frames."""
        draw, count = self._draw, rows.stop - rows.start
        mixed.lowpass[rows] = draw.lowpass
        mixed.band_lp[rows] = draw.band_lp
        mixed.noise_gain[rows] = draw.noise_gain
        for gain, reader, samples in ((draw.speech_gain, self._speech, speech), (draw.noise_gain, self._noise, noise)):
            samples[:] = reader.read(count) if gain != 0 else 0  # quirk Q-MUTED-NOT-READ

    def _end(self, count: int, memory: F32, energies: F32, mixed: Mixed) -> None:
        """Remember what the next row needs."""
        end = count * FRAME_SIZE
        self.state = MixerState(
            row=self.state.row + count,
            memory=memory,
            vad_count=int(vad_labels(energies, self.state.vad_count, mixed.vad)),
            clean=mixed.clean[end : end + FRAME_SIZE].copy(),
            noise=mixed.noise[end : end + FRAME_SIZE].copy(),
            noisy=mixed.noisy[end : end + NOISY_HISTORY].copy(),
        )

    def _due(self, count: int) -> int:
        """Draw where a re-draw falls due; how many of the next ``count`` rows share the draw."""
        if self._left == 0:
            self._draw = next_draw(self._rand, self._draw)
            self._left = REDRAW_FRAMES + 1
        return min(count, self._left)

    def _seek(self, row: int) -> None:
        while row > 0:
            taken = self._due(row)
            self._left -= taken
            row -= taken
            if self._draw.speech_gain != 0:
                self._speech.skip(taken)
            if self._draw.noise_gain != 0:
                self._noise.skip(taken)


def mix_together(mixers: Sequence[Mixer], count: int, own: MixerBuffers) -> list[Mixed]:
    """Mix the next ``count`` rows of each mixer into ``own``, which is made for as many: as :meth:`Mixer.mix`."""
    S = len(mixers)
    memory = np.concatenate([mixer.state.memory[half] for half in (slice(0, 2), slice(2, 4)) for mixer in mixers])
    memory = memory.reshape(2 * S, 4)
    for mixer, mixed in zip(mixers, own.mixed, strict=True):
        mixer._begin(mixed)
    done = 0
    while done < count:
        taken = min(mixer._due(count - done) for mixer in mixers)
        rows = slice(done, done + taken)
        pcm = own.pcm[: 2 * S * taken * FRAME_SIZE].reshape(2 * S, -1)
        for k, (mixer, mixed) in enumerate(zip(mixers, own.mixed, strict=True)):
            mixer._read(rows, mixed, pcm[k], pcm[S + k])
            mixer._left -= taken
        draws = [mixer._draw for mixer in mixers]
        mix_frames(
            pcm,
            done,
            np.stack([draw.gains for draw in draws], axis=1).reshape(2 * S, 1),
            np.stack([draw.filters for draw in draws], axis=1).reshape(2 * S, 4),
            memory,
            own.clean,
            own.noise,
            own.noisy,
            own.energies,
            (0,) * (2 * S),
            (0,) * S,
        )
        done = rows.stop
    for k, (mixer, mixed) in enumerate(zip(mixers, own.mixed, strict=True)):
        mixer._end(count, memory[k::S].reshape(4, 2).copy(), own.energies[k, :count], mixed)
    return own.mixed


class MixerGroup:
    """Mixers that advance together, each in the hands of another reader.

    Who asks first has the next rows mixed for all; every other must then take its own, and as many, before anyone
    asks again.
    """

    def __init__(self, rows: int, mixers: int) -> None:
        self._buffers = MixerBuffers(rows, mixers)
        self._mixers: list[Mixer] = []
        self._ready: dict[int, Mixed] = {}
        self._count = 0

    def join(self, mixer: Mixer) -> int:
        """Add a mixer; returns its number."""
        self._mixers.append(mixer)
        return len(self._mixers) - 1

    def mix(self, number: int, count: int) -> Mixed:
        """Return the next ``count`` rows of a mixer, as :meth:`Mixer.mix` does."""
        if number not in self._ready:
            assert not self._ready
            self._ready = dict(enumerate(mix_together(self._mixers, count, self._buffers)))
            self._count = count
        assert count == self._count
        return self._ready.pop(number)
