"""What noises are made of: shaped noise, slow curves, harmonics, random moments."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.powers import power

Float64 = npt.NDArray[np.float64]

LOWEST_HZ: Final = 40.0  # below this no shaped noise has anything


def fast_length(samples: int) -> int:
    """Return the next number of the form 2^a·3^b·5^c, for the FFT."""
    best = 1 << (samples - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            power = three
            while power < samples:
                power *= 2
            best = min(best, power)
            three *= 3
        five *= 5
    return best


def shaped(samples: int, rng: np.random.Generator, gain: Callable[[Any], Any]) -> Float64:
    """Gaussian noise of unit RMS with the amplitude spectrum ``gain(Hz)``."""
    length = fast_length(samples)
    spectrum = np.fft.rfft(rng.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    hertz[0] = hertz[1]
    spectrum *= gain(hertz)
    spectrum[hertz < LOWEST_HZ] = 0
    out = np.fft.irfft(spectrum, length)[:samples]
    return out / max(float(np.sqrt(np.mean(out**2))), 1e-12)


def curve(samples: int, rng: np.random.Generator, hertz: float) -> Float64:
    """Draw a smooth random curve of about unit variance that moves ``hertz`` times a second."""
    points = max(4, int(samples / SAMPLE_RATE * hertz) + 4)
    knots = rng.standard_normal(points)
    at = np.linspace(1, points - 2.001, samples)
    left = at.astype(np.int64)
    share = at - left
    share = share * share * (3 - 2 * share)
    return knots[left] * (1 - share) + knots[left + 1] * share


def lowpass(corner: float, slope: float) -> Callable[[Any], Any]:
    """Amplitude 1 at low frequencies, 1/2 at ``corner`` Hz, falling by ``6·slope`` dB an octave."""
    return lambda hertz: 1 / (1 + power(hertz / corner, slope))


def harmonics(phase: Float64, levels: Float64, rng: np.random.Generator) -> Float64:
    """Sum harmonics of a phase with the given levels and random offsets."""
    out = np.zeros_like(phase)
    for k, level in enumerate(levels):
        out += level * np.sin((k + 1) * phase + rng.uniform(0, 2 * np.pi))
    return out


def phase(hertz: Float64 | float, samples: int) -> Float64:
    """Integrate a frequency (one value, or one a sample) to radians."""
    return 2 * np.pi * np.cumsum(np.broadcast_to(np.asarray(hertz) / SAMPLE_RATE, samples))


def events(samples: int, rng: np.random.Generator, per_second: float) -> npt.NDArray[np.int64]:
    """Draw sorted moments, as samples, of a Poisson process; at least one."""
    count = max(1, int(rng.poisson(per_second * samples / SAMPLE_RATE)))
    return np.sort(rng.integers(0, samples, count))
