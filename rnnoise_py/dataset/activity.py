"""How much of a signal is active (contract/dataset §4)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.dataset.energies import window_energies

Float64 = npt.NDArray[np.float64]

EPS: Final = 2.0**-52
WINDOW_SECONDS: Final = 0.05
ORIGINAL_WINDOW: Final = 800  # samples, whatever the rate
REFERENCE_LEVEL: Final = -25.0  # dBFS RMS to which the signal is scaled first
OFFSET, SLOPE = -1.0, 0.2  # of the logistic curve over the level in dB
ATTACK, RELEASE = 0.8, 0.05  # weight of the new value when rising, when falling
ACTIVE_ABOVE: Final = 0.13


def activity_window(rate: int, *, scaled: bool) -> int:
    """Return the samples of a window: 50 ms, or the original's 800 samples."""
    return int(rate * WINDOW_SECONDS) if scaled else ORIGINAL_WINDOW


def activity_flags(signal: Float64, window: int) -> npt.NDArray[np.bool_]:
    """Tell which windows of a signal are active.

    Parameters
    ----------
    signal
        ``(samples,)`` float64, any level; it is scaled to −25 dBFS RMS first.
    window
        Samples a window; a last one that is shorter counts too.

    Returns
    -------
    ``(windows,)`` booleans.
    """
    energies = window_energies(signal, window)
    rms = np.sqrt(energies.sum() / len(signal))
    scale = 10 ** (REFERENCE_LEVEL / 20) / (rms + EPS)
    levels = 20 * np.log10(energies * scale**2 + EPS)
    probabilities = 1 / (1 + np.exp(-(OFFSET + SLOPE * levels)))
    before = np.concatenate([[0.0], probabilities[:-1]])
    weight = np.where(probabilities > before, ATTACK, RELEASE)
    smoothed = weight * probabilities + (1 - weight) * before
    return np.asarray(smoothed > ACTIVE_ABOVE)


def activity(signal: Float64, window: int) -> float:
    """Return the share of active windows, 0 … 1; 0 for no samples."""
    return float(np.mean(activity_flags(signal, window))) if len(signal) else 0.0
