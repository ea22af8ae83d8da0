"""The training mixer: which frames of which file, at which gains, through which random filters.

Source: contract/features §17, §18. What is drawn at random changes only every few hundred rows, so the mixer carries
out a plan in plain Python (:mod:`rnnoise_py.rows.programme`) with one kernel over the samples.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import PcmSource
from rnnoise_py.dsp.mixer import mix_frames
from rnnoise_py.dsp.rows import Mixed
from rnnoise_py.dsp.vad_label import vad_labels
from rnnoise_py.rows.draws import Draw
from rnnoise_py.rows.kinds import MODERN, V01
from rnnoise_py.rows.modern import ModernProgramme
from rnnoise_py.rows.programme import Programme, V01Programme
from rnnoise_py.spec.constants import FRAME_SIZE, FREQ_SIZE, NB_BANDS, PCM_SCALE, PITCH_BUF_SIZE, WINDOW_SIZE

F32 = npt.NDArray[np.float32]

#: what decides which frames are mixed at which gains
PROGRAMMES: Final[Mapping[str, Callable[[PcmSource, PcmSource, int], Programme]]] = {
    V01: V01Programme,
    MODERN: ModernProgramme,
}

#: samples before a frame that its pitch buffer holds
NOISY_HISTORY: Final = PITCH_BUF_SIZE - FRAME_SIZE


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
        Seed of all draws; with ``v0.1`` of the C library's ``rand()``, where 1 is the unseeded reference.
    state
        Where to go on; the beginning when left out.
    kind
        One of :data:`rnnoise_py.rows.kinds.MIXERS`.
    """

    def __init__(
        self, clean: PcmSource, noise: PcmSource, seed: int = 1, state: MixerState | None = None, kind: str = V01
    ) -> None:
        self.state = state or initial_state()
        self._programme = PROGRAMMES[kind](clean, noise, seed)
        self._programme.seek(self.state.row)

    def mix(self, count: int, own: MixerBuffers) -> Mixed:
        """Mix the next ``count`` rows into ``own``, which has room for them; beyond them it holds leftovers."""
        return mix_together([self], count, own)[0]

    def _begin(self, mixed: Mixed) -> None:
        """Put down what comes before the rows."""
        mixed.clean[:FRAME_SIZE] = self.state.clean
        mixed.noise[:FRAME_SIZE] = self.state.noise
        mixed.noisy[:NOISY_HISTORY] = self.state.noisy

    def _read(self, rows: slice, mixed: Mixed, speech: npt.NDArray[np.int16], noise: npt.NDArray[np.int16]) -> Draw:
        """Say how some rows are drawn and read their frames."""
        draw = self._programme.draw
        mixed.lowpass[rows] = draw.lowpass
        mixed.band_lp[rows] = draw.band_lp
        mixed.noise_gain[rows] = draw.noise_gain
        self._programme.read(rows.stop - rows.start, speech, noise)
        return draw

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


def _samples(rows: slice) -> slice:
    return slice(rows.start * FRAME_SIZE, rows.stop * FRAME_SIZE)


def _finish(draw: Draw, energies: F32, noisy: F32) -> None:
    """What is done to rows that are mixed; nothing with ``v0.1``."""
    if draw.label_power != 1:
        energies *= np.float32(draw.label_power)
    if draw.rounds:
        np.rint(noisy, out=noisy)
        np.clip(noisy, -PCM_SCALE, PCM_SCALE - 1, out=noisy)


def mix_together(mixers: Sequence[Mixer], count: int, own: MixerBuffers) -> list[Mixed]:
    """Mix the next ``count`` rows of each mixer into ``own``, which is made for as many: as :meth:`Mixer.mix`."""
    S = len(mixers)
    memory = np.concatenate([mixer.state.memory[half] for half in (slice(0, 2), slice(2, 4)) for mixer in mixers])
    memory = memory.reshape(2 * S, 4)
    for mixer, mixed in zip(mixers, own.mixed, strict=True):
        mixer._begin(mixed)
    done = 0
    while done < count:
        taken = min(mixer._programme.due(count - done) for mixer in mixers)
        rows = slice(done, done + taken)
        pcm = own.pcm[: 2 * S * taken * FRAME_SIZE].reshape(2 * S, -1)
        draws = [
            mixer._read(rows, mixed, pcm[k], pcm[S + k])
            for k, (mixer, mixed) in enumerate(zip(mixers, own.mixed, strict=True))
        ]
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
        for k, draw in enumerate(draws):
            _finish(draw, own.energies[k, rows], own.noisy[k, NOISY_HISTORY:][_samples(rows)])
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
