"""What a denoiser does to the speech, and what it leaves in the pauses, by a clean original.

PESQ and its kind hardly see a denoiser that also takes the ends of words, sibilants or everything above 8 kHz. Here the
gain with which the clean speech is still in a signal is measured by projecting the signal onto it: noise that is left
does not count as speech. A loss is the gain of the input over that of the output, in dB.
"""

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.report.labels import NEITHER, PAUSE, SPEECH, Flags, onsets
from rnnoise_py.report.levels import LOUD_QUANTILE, decibels, frame_powers
from rnnoise_py.report.spectra import Int16, weighted_products
from rnnoise_py.spec.constants import FRAME_MS, FRAME_SIZE, PCM_SCALE, SAMPLE_RATE, WINDOW_SIZE

F32 = npt.NDArray[np.float32]

#: edges of the bands in which losses are told, Hz; two of them are split where sibilants begin
LOW_HZ, MID_HZ, SIBILANT_HZ, HIGH_HZ, TOP_HZ = 500, 2_000, 3_000, 8_000, 20_000
LOW, MID, PRESENCE, HIGH, TOP = range(5)  # columns of the products
SIBILANT_RANGE_DB: Final = 35.0  # sibilants are at most this much softer than the loud frames
LEAST_SHARE: Final = 1e-6  # of the energy of the speech that a band must have to be judged
LEAST_GAIN: Final = 1e-3  # −60 dB: less of the speech is none
LEAST_FRAMES: Final = 5  # of sibilants or onsets
LEAST_PAUSE: Final = 10  # frames; with no more there is no residual noise to tell
BURST_DB: Final = -6.0  # output over input, of a frame in a pause
NOTHING: Final = 1e-14  # power added to both sides of a ratio


class Losses(NamedTuple):
    """Speech that is lost, dB (negative: louder than in the input); NaN where the clean speech has too little of it."""

    speech: float  #: in all frames and bands
    low: float  #: below 500 Hz
    mid: float  #: 500 Hz … 2 kHz
    high: float  #: 2 … 8 kHz
    top: float  #: above 8 kHz
    sibilants: float  #: above 3 kHz in frames that have more energy there than below 2 kHz
    onsets: float  #: in the first 50 ms of speech after at least 100 ms without


class Pauses(NamedTuple):
    """What is left in pauses; NaN where there are none."""

    residual: float  #: dB, output over input
    bursts: float  #: a second: runs of frames at most 6 dB below the input


class SpeechProbe:
    """Measures of signals against one clean original.

    Parameters
    ----------
    clean, noisy
        48 kHz mono int16, whole frames, equally long.
    labels
        float32 (frames,) of :func:`.labels.clean_labels`.
    """

    def __init__(self, clean: Int16, noisy: Int16, labels: F32) -> None:
        self._clean, self._noisy, self._labels = clean, noisy, labels
        self._powers = self._products(clean)
        self._before = self._products(noisy)
        self._speech, self._onsets, self._sibilants = labels == SPEECH, onsets(labels), self._find_sibilants()

    def _products(self, signal: Int16) -> F32:
        return weighted_products(self._clean, signal, WINDOW_SIZE, _band_weights())

    def _find_sibilants(self) -> Flags:
        levels = decibels(self._powers.sum(axis=1))
        heard = levels[self._labels == SPEECH]
        if not len(heard):
            return np.zeros(len(levels), np.bool_)
        loud = float(np.quantile(heard, LOUD_QUANTILE))
        hiss = self._powers[:, PRESENCE + 1 :].sum(axis=1) > self._powers[:, : MID + 1].sum(axis=1)
        return np.asarray(hiss & (levels > loud - SIBILANT_RANGE_DB) & (self._labels >= NEITHER))

    def level(self, signal: Int16) -> float:
        """Level of the clean speech that is in a signal, dB over the clean original; NaN where there is no speech."""
        pair = [one[: len(self._speech) * FRAME_SIZE].reshape(-1, FRAME_SIZE) for one in (self._clean, signal)]
        clean, other = (frames[self._speech].astype(np.float64) / PCM_SCALE for frames in pair)
        energy = float(np.sum(clean * clean))
        return float(20 * np.log10(abs(np.sum(clean * other)) / energy + 1e-9)) if energy else float("nan")

    def losses(self, output: Int16) -> Losses:
        """Speech that the output lacks and the input has."""
        after = self._products(output)
        every = slice(None)
        return Losses(
            self._loss(after, self._speech, every),
            self._loss(after, self._speech, slice(LOW, LOW + 1)),
            self._loss(after, self._speech, slice(MID, MID + 1)),
            self._loss(after, self._speech, slice(PRESENCE, HIGH + 1)),
            self._loss(after, self._speech, slice(TOP, TOP + 1)),
            self._loss(after, self._sibilants, slice(HIGH, TOP + 1)),
            self._loss(after, self._onsets, every),
        )

    def _loss(self, after: F32, frames: Flags, bands: slice) -> float:
        whole = float(self._powers[frames].sum(dtype=np.float64))
        clean, first, second = (
            float(products[frames, bands].sum(dtype=np.float64)) for products in (self._powers, self._before, after)
        )
        if np.count_nonzero(frames) < LEAST_FRAMES or clean <= LEAST_SHARE * whole or first <= LEAST_GAIN * clean:
            return float("nan")
        return float(20 * np.log10((first / clean) / max(second / clean, LEAST_GAIN)))

    def pauses(self, output: Int16) -> Pauses:
        """What the output has left of the input in pauses."""
        silent = self._labels == PAUSE
        count = int(np.count_nonzero(silent))
        if count <= LEAST_PAUSE:
            return Pauses(float("nan"), float("nan"))
        before, after = (frame_powers(signal)[: len(silent)][silent] for signal in (self._noisy, output))
        residual = 10 * np.log10((after.mean() + NOTHING) / (before.mean() + NOTHING))
        return Pauses(float(residual), self._bursts(silent, output) / (count * FRAME_MS / 1000))

    def _bursts(self, silent: Flags, output: Int16) -> int:
        """Count runs of frames in pauses in which the output is at most 6 dB below the input."""
        before, after = (frame_powers(signal)[: len(silent)] for signal in (self._noisy, output))
        loud = silent & (before > NOTHING) & (after > before * 10 ** (BURST_DB / 10))
        return int(np.count_nonzero(loud & ~np.concatenate([[False], loud[:-1]])))


def _band_weights() -> F32:
    """Which bin belongs to which band: float32 (481, 5) of 0 and 1."""
    hertz = np.fft.rfftfreq(WINDOW_SIZE, 1 / SAMPLE_RATE)
    edges = (0, LOW_HZ, MID_HZ, SIBILANT_HZ, HIGH_HZ, TOP_HZ)
    bands = [(hertz >= low) & (hertz < high) for low, high in pairwise(edges)]
    return np.stack(bands, axis=1).astype(np.float32)
