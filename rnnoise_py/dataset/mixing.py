"""Clean and noise at a given SNR and level (contract/dataset §6)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.dataset.activity import EPS
from rnnoise_py.dataset.energies import mean_square, peak, window_energies

Float64 = npt.NDArray[np.float64]

WINDOW_SECONDS: Final = 0.1
ORIGINAL_WINDOW: Final = 1_600  # samples, whatever the rate
ACTIVE_ABOVE: Final = -50.0  # 20·log10 of the mean square of the noise over a window
REFERENCE_LEVEL: Final = -25.0  # dBFS: RMS of both over the active windows before the SNR is set
LEAST_RMS: Final = 1e-6  # RMS at peak 1 below which a signal is silent
CLIPPING: Final = 0.99  # |sample| above is clipped


@dataclass(frozen=True)
class Mixture:
    """The three signals of a clip, and what was done to them."""

    clean: Float64
    noise: Float64
    noisy: Float64
    snr: float  #: dB asked for
    level: int  #: dBFS RMS of the noisy signal; recomputed when it had to be lowered
    scaling: float  #: factor that brought the mixture to its level
    lowered: bool  #: whether the mixture would have clipped

    @property
    def clipped(self) -> bool:
        """Whether any signal still exceeds the limit."""
        return any(is_clipped(signal) for signal in (self.clean, self.noise, self.noisy))


def is_clipped(signal: Float64) -> bool:
    """Whether any |sample| exceeds 0.99."""
    return peak(signal) > CLIPPING


def mixing_window(rate: int, *, scaled: bool) -> int:
    """Return the samples of a window: 100 ms, or the original's 1600 samples."""
    return int(rate * WINDOW_SECONDS) if scaled else ORIGINAL_WINDOW


def active_rms(clean: Float64, noise: Float64, window: int) -> tuple[float, float]:
    """RMS of both signals over the windows in which the noise is active.

    Parameters
    ----------
    clean, noise
        ``(samples,)`` float64 of equal length, peak 1.
    window
        Samples a window; a last one that is shorter counts too.

    Returns
    -------
    RMS of the clean and of the noise; 2⁻⁵² where no window is active.
    """
    lengths = np.diff(np.arange(0, len(noise), window), append=len(noise))
    noise_energy, clean_energy = window_energies(noise, window), window_energies(clean, window)
    active = 20 * np.log10(noise_energy / lengths + EPS) > ACTIVE_ABOVE
    samples = int(lengths[active].sum())
    if not samples:
        return EPS, EPS
    clean_square = clean_energy[active].sum() / samples
    noise_square = noise_energy[active].sum() / samples
    return float(np.sqrt(clean_square)), float(np.sqrt(noise_square))


def mix(
    clean: Float64, noise: Float64, *, snr: float, level: int, window: int, exact_snr: bool = True
) -> Mixture | None:
    """Mix clean and noise.

    Parameters
    ----------
    clean, noise
        ``(samples,)`` float64 of equal length.
    snr
        dB between the two over the windows in which the noise is active.
    level
        dBFS RMS of the mixture.
    window
        Samples of a window.
    exact_snr
        False multiplies the noise once more by rms_clean / rms_noise, as the original does.

    Returns
    -------
    The mixture, or None when one of the two is silent in all active windows (with ``exact_snr``; the original
    goes on with values that mean nothing).
    """
    clean = clean / (peak(clean) + EPS)
    noise = noise / (peak(noise) + EPS)
    rms_clean, rms_noise = active_rms(clean, noise, window)
    reference = 10 ** (REFERENCE_LEVEL / 20)
    if exact_snr and min(rms_clean, rms_noise) <= LEAST_RMS:
        return None
    clean *= reference / rms_clean
    noise_gain = reference / rms_noise * 10 ** (-snr / 20)
    noise *= noise_gain if exact_snr else noise_gain * rms_clean / (rms_noise + EPS)
    noisy = clean + noise
    rms_noisy = math.sqrt(mean_square(noisy))
    scaling = 10 ** (level / 20) / (rms_noisy + EPS)
    highest = peak(noisy) * scaling
    lowered = highest > CLIPPING
    if lowered:
        scaling /= highest / (CLIPPING - EPS)
        level = int(20 * np.log10(scaling * (rms_noisy + EPS)))
    for signal in (clean, noise, noisy):
        signal *= scaling  # noqa: PLW2901 - in place
    return Mixture(clean, noise, noisy, snr, level, scaling, lowered)
