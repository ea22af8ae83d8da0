"""Energies of windows without temporary arrays."""

import numpy as np
import numpy.typing as npt

from rnnoise_py.lanes.jit import kernel

Float64 = npt.NDArray[np.float64]


@kernel
def _energies(signal: Float64, window: int, out: Float64) -> None:
    for index in range(len(out)):
        total = np.float64(0.0)
        for n in range(index * window, min(len(signal), (index + 1) * window)):
            total += signal[n] * signal[n]
        out[index] = total


def window_energies(signal: Float64, window: int) -> Float64:
    """Return Σx² of each window; a last one that is shorter counts too.

    Parameters
    ----------
    signal
        ``(samples,)`` float64.
    window
        Samples a window.

    Returns
    -------
    ``(windows,)`` float64.
    """
    out = np.empty(-(-len(signal) // window))
    _energies(np.ascontiguousarray(signal), window, out)
    return out


def mean_square(signal: Float64) -> float:
    """Return the mean of x²; 0 for no samples."""
    return float(window_energies(signal, 4_096).sum()) / max(1, len(signal))


def peak(signal: Float64) -> float:
    """Return the largest |x|; 0 for no samples."""
    return max(float(signal.max()), -float(signal.min())) if len(signal) else 0.0
