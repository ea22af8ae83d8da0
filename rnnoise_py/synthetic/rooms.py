"""What lies between a mouth and a recording: room, microphone, telephone."""

from math import log2 as log2_of
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.powers import amplitude, log2, power
from rnnoise_py.synthetic.shapes import LOWEST_HZ, Float64, fast_length

#: lower and upper corner in Hz: narrow-band and wide-band telephones, small loudspeakers, old recordings
BAND_LIMITS: Final = ((300.0, 3400.0), (80.0, 3800.0), (50.0, 7000.0), (200.0, 5500.0), (120.0, 8000.0))


def room_response(rng: np.random.Generator) -> Float64:
    """Draw an impulse response: the direct sound, early reflections, a tail that dies away, dull before bright.

    Returns
    -------
    float64 (samples,) at 48 kHz; the first sample is 1. Reverberation time 0.1 to 0.9 s, the tail 0 to 20 dB
    below the direct sound.
    """
    seconds = 10 ** rng.uniform(-1, -0.05)
    length = int(seconds * SAMPLE_RATE)
    time = np.arange(length) / SAMPLE_RATE
    tail = np.zeros(length)
    start = int(SAMPLE_RATE * rng.uniform(0.005, 0.03))
    for low, high, share in ((LOWEST_HZ, 1500.0, 1.0), (1500.0, 6000.0, 0.75), (6000.0, SAMPLE_RATE / 2, 0.45)):
        spectrum = np.fft.rfft(rng.standard_normal(length))
        hertz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
        spectrum[(hertz < low) | (hertz >= high)] = 0
        decay = power(10, -3 * time / (share * seconds))  # 60 dB in the reverberation time
        tail += decay * np.fft.irfft(spectrum, length)
    tail[:start] = 0
    tail *= 10 ** (-rng.uniform(0, 20) / 20) / max(float(np.sqrt(np.sum(tail**2))), 1e-12)
    for _ in range(int(rng.integers(3, 12))):
        at = int(SAMPLE_RATE * rng.uniform(0.001, 0.03))
        if at < length:
            tail[at] += rng.choice([-1, 1]) * rng.uniform(0.05, 0.4)
    tail[0] = 1
    return tail


def response_curve(hertz: Float64, rng: np.random.Generator, depth: float) -> Float64:
    """Draw a smooth frequency response within ±``depth`` dB: microphones, voices turned away, tone controls."""
    knots = rng.uniform(-depth, depth, 8)
    octaves = np.linspace(log2_of(60), log2_of(SAMPLE_RATE / 2), 8)
    return amplitude(np.interp(log2(np.maximum(hertz, 1)), octaves, knots))


def band_limit(hertz: Float64, low: float, high: float) -> Float64:
    """Gain of a band from ``low`` to ``high`` Hz with slopes of 48 dB an octave."""
    return np.asarray(1 / np.sqrt((1 + power(low / np.maximum(hertz, 1e-3), 16)) * (1 + power(hertz / high, 16))))


def record(
    signal: npt.NDArray[np.float32], rng: np.random.Generator, *, rooms: float, curves: float, limits: float
) -> npt.NDArray[np.float32]:
    """Pass a signal through a drawn room, response and band.

    Parameters
    ----------
    signal
        float32 (samples,) at 48 kHz.
    rng
        Draws everything.
    rooms, curves, limits
        Shares (0 … 1) of the signals that meet a room, a response of up to ±8 dB, and a band limit.

    Returns
    -------
    float32 of the same length; what rings beyond it is cut off.
    """
    response = room_response(rng) if rng.random() < rooms else np.ones(1)
    length = fast_length(len(signal) + len(response))
    spectrum = np.fft.rfft(signal, length)
    hertz = np.asarray(np.fft.rfftfreq(length, 1 / SAMPLE_RATE), np.float64)
    if len(response) > 1:
        spectrum *= np.fft.rfft(response, length)
    if rng.random() < curves:
        spectrum *= response_curve(hertz, rng, rng.uniform(2, 8))
    if rng.random() < limits:
        spectrum *= band_limit(hertz, *BAND_LIMITS[int(rng.integers(len(BAND_LIMITS)))])
    return np.fft.irfft(spectrum, length)[: len(signal)].astype(np.float32)
