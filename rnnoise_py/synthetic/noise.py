"""Families of noise: steady, modulated, tonal, impulsive, and crowds."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.constants import SAMPLE_RATE
from rnnoise_py.errors import InputError
from rnnoise_py.synthetic.formants import decaying_modes
from rnnoise_py.synthetic.shapes import Float64, curve, events, harmonics, lowpass, phase, shaped
from rnnoise_py.synthetic.speech import scale_to_level, speech

SECTION_SECONDS: Final = 30.0  # each section of a long noise draws its own parameters
FADE: Final = SAMPLE_RATE // 10  # samples of cross-fade between sections


def white(samples: int, rng: np.random.Generator) -> Float64:
    """Gaussian, flat spectrum."""
    return rng.standard_normal(samples)


def pink(samples: int, rng: np.random.Generator) -> Float64:
    """Fall by 3 dB an octave."""
    return shaped(samples, rng, lambda hertz: hertz**-0.5)


def brown(samples: int, rng: np.random.Generator) -> Float64:
    """Fall by 6 dB an octave."""
    return shaped(samples, rng, lambda hertz: 1 / hertz)


def blue(samples: int, rng: np.random.Generator) -> Float64:
    """Rise by 3 dB an octave: hiss."""
    return shaped(samples, rng, lambda hertz: hertz**0.5)


def coloured(samples: int, rng: np.random.Generator) -> Float64:
    """Stationary noise with a random smooth spectrum, ±15 dB."""
    knots = rng.uniform(-15, 15, 10)
    slope = rng.uniform(0, 1)
    octaves = np.linspace(np.log2(30), np.log2(SAMPLE_RATE / 2), 10)
    return shaped(
        samples, rng, lambda hertz: 10 ** (np.interp(np.log2(hertz), octaves, knots) / 20) * hertz**-slope
    )


def modulated(samples: int, rng: np.random.Generator) -> Float64:
    """Coloured noise whose level moves by 10 dB and more, up to a few times a second."""
    depth = rng.uniform(3, 9)
    return coloured(samples, rng) * 10 ** (depth * curve(samples, rng, rng.uniform(0.3, 6)) / 20)


def hum(samples: int, rng: np.random.Generator) -> Float64:
    """Mains hum with harmonics over a little hiss."""
    base = float(rng.choice([50.0, 60.0]))
    levels = np.exp(-np.arange(20) / rng.uniform(2, 8)) * rng.uniform(0.2, 1, 20)
    return harmonics(phase(base, samples), levels, rng) + rng.uniform(0.01, 0.1) * pink(samples, rng)


def fan(samples: int, rng: np.random.Generator) -> Float64:
    """Air noise with blade tones."""
    blades = rng.uniform(40, 300) * (1 + 0.003 * curve(samples, rng, 0.5))
    levels = rng.uniform(0.05, 0.5) * np.exp(-np.arange(8) / 2.5)
    corner = rng.uniform(200, 2000)
    air = shaped(samples, rng, lowpass(corner, 1.2))
    return air + harmonics(phase(blades, samples), levels, rng)


def engine(samples: int, rng: np.random.Generator) -> Float64:
    """Turn a motor whose speed wanders."""
    speed = rng.uniform(25, 110) * 2 ** (0.3 * curve(samples, rng, rng.uniform(0.1, 0.5)))
    levels = rng.uniform(0.1, 1, 30) / np.arange(1, 31) ** rng.uniform(0.4, 1.2)
    rumble = shaped(samples, rng, lowpass(150, 1.5))
    return harmonics(phase(speed, samples), levels, rng) + rng.uniform(0.3, 1.5) * rumble


def vacuum(samples: int, rng: np.random.Generator) -> Float64:
    """Vacuum cleaner or drill: whine in broad noise."""
    whine = rng.uniform(200, 900) * (1 + 0.01 * curve(samples, rng, 1.0))
    levels = rng.uniform(0.1, 0.6, 15) / np.arange(1, 16) ** 0.5
    return harmonics(phase(whine, samples), levels, rng) + coloured(samples, rng)


def traffic(samples: int, rng: np.random.Generator) -> Float64:
    """Road: rumble, cars that come and go."""
    out = 0.3 * shaped(samples, rng, lowpass(120, 1.3))
    time = np.arange(samples) / SAMPLE_RATE
    for start in events(samples, rng, 0.3)[:40]:
        width = rng.uniform(0.6, 2.5)
        corner = rng.uniform(400, 2500)
        passing = np.exp(-(((time - start / SAMPLE_RATE) / width) ** 2))
        near = np.flatnonzero(passing > 1e-3)
        if len(near) > 2:
            part = slice(near[0], near[-1] + 1)
            car = shaped(len(near), rng, lowpass(corner, 1.5))
            out[part] += rng.uniform(0.5, 2) * passing[part] * car
    return out


def wind(samples: int, rng: np.random.Generator) -> Float64:
    """Wind on a microphone: low rumble in gusts."""
    corner = rng.uniform(60, 300)
    gusts = 10 ** (8 * curve(samples, rng, rng.uniform(0.5, 2)) / 20)
    low = shaped(samples, rng, lowpass(corner, 2.2))
    high = shaped(samples, rng, lowpass(1500, 1.2))
    return low * gusts + rng.uniform(0.01, 0.1) * high * gusts**1.5


def rain(samples: int, rng: np.random.Generator) -> Float64:
    """Rain: dense drops over hiss."""
    starts = events(samples, rng, rng.uniform(100, 600))
    count = len(starts)
    drops = np.zeros(samples)
    decaying_modes(
        starts,
        np.column_stack([
            rng.uniform(1500, 9000, count), rng.uniform(0.001, 0.006, count), rng.lognormal(-0.5, 0.8, count),
            np.full(count, 0.0002),
        ]),
        drops,
    )
    return drops + rng.uniform(0.05, 0.3) * blue(samples, rng)


def keyboard(samples: int, rng: np.random.Generator) -> Float64:
    """Typing: bursts of key clicks over a quiet room."""
    rate = rng.uniform(4, 11)
    starts, at = [], 0.0
    while at < samples:
        starts.append(int(at))
        pause = rng.uniform(0.3, 1.5) if rng.random() < 0.08 else 0.0
        at += SAMPLE_RATE * (rng.exponential(1 / rate) + 0.04 + pause)
    out = np.zeros(samples)
    for _ in range(5):  # a key press rings at several pitches, and again when released
        release = (rng.random(len(starts)) < 0.5) * rng.uniform(0.05, 0.1, len(starts)) * SAMPLE_RATE
        when = np.minimum(np.array(starts) + release.astype(np.int64), samples - 1)
        count = len(when)
        decaying_modes(
            when,
            np.column_stack([
                rng.uniform(800, 9000, count), rng.uniform(0.0008, 0.008, count), rng.uniform(0.2, 1, count),
                np.full(count, 0.0003),
            ]),
            out,
        )
    return out + rng.uniform(0.002, 0.02) * pink(samples, rng)


def knocks(samples: int, rng: np.random.Generator) -> Float64:
    """Doors, steps, dishes: single blows that ring."""
    blows = events(samples, rng, rng.uniform(0.5, 3))
    starts = np.repeat(blows, 6)
    count = len(starts)
    loud = np.repeat(rng.lognormal(-0.3, 0.7, len(blows)), 6)
    pitch = np.repeat(rng.uniform(60, 2500, len(blows)), 6) * rng.uniform(1, 5, count)
    out = np.zeros(samples)
    decay = rng.uniform(0.01, 0.15, count)
    decaying_modes(starts, np.column_stack([pitch, decay, loud, np.full(count, 0.001)]), out)
    return out + 0.003 * pink(samples, rng)


def crackle(samples: int, rng: np.random.Generator) -> Float64:
    """Clicks of a bad contact over hiss."""
    out = rng.uniform(0.005, 0.05) * white(samples, rng)
    at = events(samples, rng, rng.uniform(5, 60))
    np.add.at(out, at, rng.laplace(0, 1, len(at)))
    return out


def siren(samples: int, rng: np.random.Generator) -> Float64:
    """Sweeping tones: sirens and alarms."""
    low, high = rng.uniform(400, 900), rng.uniform(1000, 2500)
    time = np.arange(samples) / SAMPLE_RATE
    sweep = 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.2, 4) * time)
    if rng.random() < 0.4:
        sweep = np.round(sweep)
    levels = rng.uniform(0.1, 1, 5) / np.arange(1, 6)
    return harmonics(phase(low + (high - low) * sweep, samples), levels, rng) + 0.1 * pink(samples, rng)


def music(samples: int, rng: np.random.Generator) -> Float64:
    """Plucked chords, a bass and a beat."""
    beat = 60 / rng.uniform(70, 150)
    root = rng.uniform(36, 48)
    scale = np.array([0, 2, 4, 5, 7, 9, 11])
    played: list[tuple[int, float, float, float, float]] = []
    for index, at in enumerate(np.arange(0, samples, beat * SAMPLE_RATE / 2)):
        degree = (index // 8 * 3) % 7
        notes = [root + scale[degree]] if index % 2 == 0 else []
        steps = rng.choice([0, 2, 4, 6], 2, replace=False)
        notes += [root + 24 + scale[(degree + int(step)) % 7] for step in steps]
        for note in notes:
            hertz = 440 * 2 ** ((note - 69) / 12)
            played += [
                (int(at), hertz * k, rng.uniform(0.15, 0.6) / k**0.5, rng.uniform(0.3, 1) / k**1.2, 0.004)
                for k in range(1, 7)
            ]
        if index % 4 == 0:
            played.append((int(at), 60.0, 0.12, 3.0, 0.002))
    table = np.array(played)
    out = np.zeros(samples)
    decaying_modes(table[:, 0].astype(np.int64), np.ascontiguousarray(table[:, 1:]), out)
    return out


def babble(samples: int, rng: np.random.Generator) -> Float64:
    """Several people talking at once, far from understandable."""
    out = np.zeros(samples)
    for _ in range(int(rng.integers(6, 10))):
        voice = speech(samples / SAMPLE_RATE + 0.01, int(rng.integers(1 << 31)), pauses=0.3)
        out += 10 ** (rng.uniform(-6, 0) / 20) * voice[:samples]
    return out


_FAMILIES: Final[dict[str, Callable[[int, np.random.Generator], Float64]]] = {
    family.__name__: family
    for family in (
        white, pink, brown, blue, coloured, modulated, hum, fan, engine, vacuum, traffic, wind, rain,
        keyboard, knocks, crackle, siren, music, babble,
    )
}
NOISE_KINDS: Final = tuple(_FAMILIES)  #: names of the families


def noise(kind: str, seconds: float, seed: int = 1, *, level: float = -26.0) -> npt.NDArray[np.float32]:
    """Make noise of one family.

    Parameters
    ----------
    kind
        One of :data:`NOISE_KINDS`.
    seconds
        Length.
    seed
        Draws the parameters (each half minute anew) and the samples.
    level
        RMS in dBFS; lowered where the peak would clip.

    Returns
    -------
    ``(samples,)`` float32 at 48 kHz, within ±0.97.

    Raises
    ------
    InputError
        When the kind is unknown or the length is not positive.
    """
    if kind not in _FAMILIES:
        raise InputError(f"no noise family {kind!r}: choose from {', '.join(NOISE_KINDS)}")
    if not seconds > 0:
        raise InputError(f"{seconds} seconds of noise: the length must be positive")
    samples = max(1, round(seconds * SAMPLE_RATE))
    out = np.zeros(samples, np.float32)
    length = int(SECTION_SECONDS * SAMPLE_RATE)
    rise = np.sin(np.linspace(0, np.pi / 2, FADE, dtype=np.float32))
    for index, start in enumerate(range(0, samples, length)):
        stop = min(samples, start + length)
        end = min(samples, stop + FADE)
        rng = np.random.default_rng((seed, NOISE_KINDS.index(kind), index))
        part = _FAMILIES[kind](max(end - start, 4096), rng)[: end - start].astype(np.float32)
        part /= max(float(np.sqrt(np.mean(part**2))), 1e-6)
        if index:
            part[:FADE] *= rise[: len(part[:FADE])]
        part[stop - start :] *= rise[::-1][: end - stop]
        out[start:end] += part
    return scale_to_level(out, level)
