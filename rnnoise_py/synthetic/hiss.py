"""Noises without pitch: coloured, modulated, road, wind."""

from functools import partial
from math import log2 as log2_of

import numpy as np

from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.powers import amplitude, exponential, log2, power
from rnnoise_py.synthetic.shapes import Float64, curve, events, lowpass, shaped


def white(samples: int, rng: np.random.Generator) -> Float64:
    """Gaussian, flat spectrum."""
    return rng.standard_normal(samples)


def pink(samples: int, rng: np.random.Generator) -> Float64:
    """Fall by 3 dB an octave."""
    return shaped(samples, rng, lambda hertz: 1 / np.sqrt(hertz))


def brown(samples: int, rng: np.random.Generator) -> Float64:
    """Fall by 6 dB an octave."""
    return shaped(samples, rng, lambda hertz: 1 / hertz)


def blue(samples: int, rng: np.random.Generator) -> Float64:
    """Rise by 3 dB an octave: hiss."""
    return shaped(samples, rng, np.sqrt)


def coloured(samples: int, rng: np.random.Generator) -> Float64:
    """Stationary noise with a random smooth spectrum, ±15 dB."""
    knots = rng.uniform(-15, 15, 10)
    slope = rng.uniform(0, 1)
    octaves = np.linspace(log2_of(30), log2_of(SAMPLE_RATE / 2), 10)
    return shaped(samples, rng, lambda hertz: amplitude(np.interp(log2(hertz), octaves, knots)) * power(hertz, -slope))


def modulated(samples: int, rng: np.random.Generator) -> Float64:
    """Coloured noise whose level moves by 10 dB and more, up to a few times a second."""
    depth = rng.uniform(3, 9)
    return coloured(samples, rng) * amplitude(depth * curve(samples, rng, rng.uniform(0.3, 6)))


def traffic(samples: int, rng: np.random.Generator) -> Float64:
    """Road: rumble, cars that come and go."""
    out = 0.3 * shaped(samples, rng, lowpass(120, 1.3))
    time = np.arange(samples) / SAMPLE_RATE
    for start in events(samples, rng, 0.3)[:40]:
        width = rng.uniform(0.6, 2.5)
        corner = rng.uniform(400, 2500)
        passing = exponential(-(((time - start / SAMPLE_RATE) / width) ** 2))
        near = np.flatnonzero(passing > 1e-3)
        if len(near) > 2:
            part = slice(near[0], near[-1] + 1)
            car = shaped(len(near), rng, lowpass(corner, 1.5))
            out[part] += rng.uniform(0.5, 2) * passing[part] * car
    return out


def wind(samples: int, rng: np.random.Generator) -> Float64:
    """Wind on a microphone: low rumble in gusts."""
    corner = rng.uniform(60, 300)
    gusts = amplitude(8 * curve(samples, rng, rng.uniform(0.5, 2)))
    low = shaped(samples, rng, lowpass(corner, 2.2))
    high = shaped(samples, rng, lowpass(1500, 1.2))
    return low * gusts + rng.uniform(0.01, 0.1) * high * gusts * np.sqrt(gusts)


def gated(samples: int, rng: np.random.Generator) -> Float64:
    """Coloured noise that comes and goes: taps, sprays, drills; between, little or nothing."""
    out = coloured(samples, rng)
    loud = np.full(samples, rng.uniform(0, 0.1) * (rng.random() < 0.7))
    fade = int(SAMPLE_RATE * 10 ** rng.uniform(-2.7, -0.7))
    at = 0
    while at < samples:
        length = int(SAMPLE_RATE * 10 ** rng.uniform(-1.3, 0.3))
        part = loud[at : at + length]
        ramp = np.minimum(np.arange(len(part)), np.arange(len(part))[::-1]) / fade
        part[:] = np.maximum(part, 10 ** (rng.uniform(-6, 6) / 20) * np.minimum(1, ramp))
        at += length + int(SAMPLE_RATE * 10 ** rng.uniform(-1.3, 0.3))
    return np.asarray(out * loud, np.float64)


def flutter(samples: int, rng: np.random.Generator) -> Float64:
    """Noise whose level trembles 5 to 50 times a second: paper, cloth, rotors, applause."""
    depth = rng.uniform(4, 10)
    trembling = curve(samples, rng, 10 ** rng.uniform(0.7, 1.7))
    return coloured(samples, rng) * amplitude(depth * trembling)


def _resonance(centre: float, width: float, hertz: Float64) -> Float64:
    return np.asarray(1 / (1 + ((hertz / centre - centre / hertz) / width) ** 2), np.float64)


def narrow(samples: int, rng: np.random.Generator) -> Float64:
    """One to four bands of noise: whistles, ducts, interference."""
    out = rng.uniform(0.005, 0.1) * pink(samples, rng)
    for _ in range(int(rng.integers(1, 5))):
        centre, width = 10 ** rng.uniform(2, 4), 10 ** rng.uniform(-1.7, -0.3)
        level = rng.uniform(0.2, 1)
        out += level * shaped(samples, rng, partial(_resonance, centre, width))
    return out


def islands(samples: int, rng: np.random.Generator) -> Float64:
    """Noise with only some of its time-frequency cells left: what a codec or another denoiser leaves."""
    hop, kept = 512, rng.uniform(0.05, 0.5)
    source = coloured(samples + 2 * hop, rng)
    window = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop))
    out = np.zeros(len(source))
    cells = int(rng.choice([2, 4, 8, 16]))
    for at in range(0, samples + 1, hop):
        spectrum = np.fft.rfft(window * source[at : at + 2 * hop])
        spectrum *= np.repeat(rng.random(hop // cells + 1) < kept, cells)[: len(spectrum)]
        out[at : at + 2 * hop] += window * np.fft.irfft(spectrum)
    return out[:samples]
