"""Mixing that real life resembles, beside the v0.1 tool's: ``features --mixer modern``.

Rows come in sequences of five seconds. Each takes its speech and its noise from anywhere in the files; the level of
speech and its ratio to the noise are drawn, however loud the recordings are. One noise in three has another one over
it; some sequences have no noise or next to none, some no speech, some begin in silence. Speech is labelled by its level
against that of the sequence. What is mixed is clipped and rounded to 16 bits as a device would do it; what is aimed at
is not.

A sequence follows from (seed, its number) alone.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import PcmSource
from rnnoise_py.rows.draws import Draw, first_band_above, lowpass_bins
from rnnoise_py.rows.energies import frame_energies
from rnnoise_py.rows.programme import Int16, LoopReader
from rnnoise_py.spec.constants import FRAME_SIZE, NB_BANDS, PCM_SCALE, RANDOM_FILTER_SCALE

SEQUENCE_ROWS: Final = 500
SPEECH_DB: Final = (-50.0, -12.0)  #: level of active speech, dBFS (RMS)
SNR_DB: Final = (-6.0, 26.0)  #: of active speech to all of the noise
NO_NOISE: Final = 0.06  # chance
FAINT_NOISE: Final = 0.02
FAINT_DB: Final = (-90.0, -70.0)  # level of such a noise, dBFS
NO_SPEECH: Final = 0.1
SECOND_NOISE: Final = 0.3
SECOND_DB: Final = (-12.0, 6.0)  # of the other noise to the first
SILENT_START: Final = 0.03
LABEL_DB: Final = -26.0  #: level that active speech is brought to before it is labelled
ACTIVE_DB: Final = 25.0  # frames this far below the loud ones are active
LOUD_PERCENTILE: Final = 95
LEAST_SPEECH_DB: Final = -50.0  # speech below this is silence, and is not raised as if it were more
LEAST_NOISE_DB: Final = -70.0
PEAK: Final = 32_000.0  # of two noises together
_TAG: Final = 23  # keeps these draws apart from others of the same seed


@dataclass(frozen=True)
class _Sequence:
    """What one sequence is made of."""

    draw: Draw
    speech: Int16
    noise: Int16


def _decibels(mean_square: float) -> float:
    """Level in dBFS of int16 samples."""
    return 10 * math.log10(mean_square / PCM_SCALE**2 + 1e-12)


def active_level(energies: npt.NDArray[np.int64]) -> float:
    """Level in dBFS of the frames (Σ x² each) that are at most 25 dB below the loud ones."""
    loud = float(np.percentile(energies, LOUD_PERCENTILE))
    active = energies[energies >= max(loud * 10 ** (-ACTIVE_DB / 10), 1)]
    return _decibels(float(active.mean()) / FRAME_SIZE if len(active) else 0.0)


def _amplitude(decibels: float) -> float:
    return float(10 ** (decibels / 20))


class ModernProgramme:
    """Sequences of mixes, see the module."""

    def __init__(self, clean: PcmSource, noise: PcmSource, seed: int) -> None:
        self._sources = clean, noise
        self._seed = seed
        self._row = 0
        self._number = -1  # of the sequence at hand
        self._sequence: _Sequence | None = None

    @property
    def draw(self) -> Draw:
        """For the rows that come next."""
        return self._here().draw

    def due(self, count: int) -> int:
        """How many of the next ``count`` rows are of this sequence."""
        return min(count, SEQUENCE_ROWS - self._row % SEQUENCE_ROWS)

    def read(self, count: int, speech: Int16, noise: Int16) -> None:
        """Read the next ``count`` rows."""
        here, first = self._here(), self._row % SEQUENCE_ROWS
        part = slice(first * FRAME_SIZE, (first + count) * FRAME_SIZE)
        speech[:] = here.speech[part] if here.draw.speech_gain != 0 else 0
        noise[:] = here.noise[part] if here.draw.noise_gain != 0 else 0
        self._row += count

    def seek(self, row: int) -> None:
        """Go to a row."""
        self._row = row

    def _here(self) -> _Sequence:
        number = self._row // SEQUENCE_ROWS
        if self._sequence is None or number != self._number:
            self._sequence, self._number = self._make(number), number
        return self._sequence

    def _make(self, number: int) -> _Sequence:
        rng = np.random.default_rng((_TAG, self._seed, number))
        clean, background = self._sources
        speech = _piece(clean, rng)
        noise = _piece(background, rng)
        if rng.random() < SECOND_NOISE:
            noise = _over(noise, _piece(background, rng), float(rng.uniform(*SECOND_DB)))
        energies = frame_energies(speech)
        level = max(active_level(energies), LEAST_SPEECH_DB)
        target, snr = float(rng.uniform(*SPEECH_DB)), float(rng.uniform(*SNR_DB))
        noise_level = max(_decibels(float(frame_energies(noise).sum()) / len(noise)), LEAST_NOISE_DB)
        noise_target = target - snr
        chance = rng.random()
        if chance < FAINT_NOISE:
            noise_target = float(rng.uniform(*FAINT_DB))
        no_noise = FAINT_NOISE <= chance < FAINT_NOISE + NO_NOISE
        no_speech = rng.random() < NO_SPEECH
        if rng.random() < SILENT_START:
            silent = int(rng.integers(1, len(speech)))
            speech, noise = speech.copy(), noise.copy()
            speech[:silent] = 0
            noise[:silent] = 0
        lowpass = lowpass_bins(rng.random())
        draw = Draw(
            speech_gain=np.float32(0 if no_speech else _amplitude(target - level)),
            noise_gain=np.float32(0 if no_noise else _amplitude(noise_target - noise_level)),
            filters=(RANDOM_FILTER_SCALE * rng.uniform(-0.5, 0.5, (2, 4))).astype(np.float32),
            lowpass=lowpass,
            band_lp=first_band_above(lowpass, NB_BANDS),
            label_power=_amplitude(LABEL_DB - level) ** 2,
            rounds=True,
        )
        return _Sequence(draw, speech, noise)


def _piece(source: PcmSource, rng: np.random.Generator) -> Int16:
    """A sequence from anywhere in a source, which goes on from its beginning where it ends."""
    return LoopReader(source, int(rng.integers(source.samples // FRAME_SIZE))).read(SEQUENCE_ROWS)


def _over(noise: Int16, other: Int16, decibels: float) -> Int16:
    """Two noises at once, the other one at so many decibels to the first."""
    powers = [float(frame_energies(one).sum()) + len(one) for one in (noise, other)]
    ratio = np.float32(math.sqrt(powers[0] / powers[1]) * _amplitude(decibels))
    both = noise.astype(np.float32)
    both += ratio * other
    most = max(float(both.max()), -float(both.min()))
    if most > PEAK:
        both *= np.float32(PEAK / most)
    return np.rint(both, out=both).astype(np.int16)
