"""What the mixer draws at random every 2822 rows: gains, filters and a low-pass.

Source: contract/features §17.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnoise_py.dsp.rand import rand_next
from rnnoise_py.spec.constants import (
    BAND_EDGES,
    FREQ_SIZE,
    LOWPASS_SPAN,
    LOWPASS_START,
    MUTE_ONE_IN,
    NB_BANDS,
    NOISE_GAIN_DB,
    RAND_MAX,
    RANDOM_FILTER_SCALE,
    SAMPLE_RATE,
    SPEECH_GAIN_DB,
)

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Draw:
    """What one re-draw decides, until the next one."""

    speech_gain: np.float32
    noise_gain: np.float32
    filters: F32  #: (2, 4): of speech and noise the random filter a0, a1, b0, b1
    lowpass: int  #: bins kept; may exceed the number of bins
    band_lp: int  #: last band that is trained
    label_power: float = 1.0  #: by which the speech's energies are multiplied before they are labelled
    rounds: bool = False  #: whether the mix is rounded and clipped to 16 bits, as a file or a device would

    @property
    def gains(self) -> F32:
        """Speech and noise gain, float32 (2,)."""
        return np.array([self.speech_gain, self.noise_gain], np.float32)


def first_draw() -> Draw:
    """Return the state before the first re-draw: everything passes as it is."""
    return Draw(np.float32(1), np.float32(1), np.zeros((2, 4), np.float32), FREQ_SIZE, NB_BANDS)


def lowpass_bins(uniform: float) -> int:
    """Bins that a low-pass keeps, for a number in 0 … 1: from 3 kHz on, beyond the last for the upper half."""
    start = FREQ_SIZE * float(LOWPASS_START) / (SAMPLE_RATE / 2)
    return int(start * math.pow(float(LOWPASS_SPAN), uniform))


def first_band_above(lowpass: int, otherwise: int) -> int:
    """Return the first band whose edge lies above a low-pass, or what is said otherwise."""
    return next((band for band, edge in enumerate(BAND_EDGES) if edge > lowpass), otherwise)


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
    lowpass = lowpass_bins(value() / RAND_MAX)  # quirk Q-LOWPASS-OVER
    band_lp = first_band_above(lowpass, before.band_lp)  # quirk Q-BAND-LP
    filters = np.array([speech_filter, noise_filter], dtype=np.float32)
    return Draw(speech_gain, noise_gain, filters, lowpass, band_lp)
