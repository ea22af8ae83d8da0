"""Noises of single blows: drops, keys, doors, contacts."""

import numpy as np

from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.formants import decaying_modes
from rnnoise_py.synthetic.hiss import blue, coloured, pink, white
from rnnoise_py.synthetic.powers import amplitude, exponential
from rnnoise_py.synthetic.shapes import Float64, curve, events


def rain(samples: int, rng: np.random.Generator) -> Float64:
    """Rain: dense drops over hiss."""
    starts = events(samples, rng, rng.uniform(100, 600))
    count = len(starts)
    drops = np.zeros(samples)
    decaying_modes(
        starts,
        np.column_stack(
            [
                rng.uniform(1500, 9000, count),
                rng.uniform(0.001, 0.006, count),
                rng.lognormal(-0.5, 0.8, count),
                np.full(count, 0.0002),
            ]
        ),
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
            np.column_stack(
                [
                    rng.uniform(800, 9000, count),
                    rng.uniform(0.0008, 0.008, count),
                    rng.uniform(0.2, 1, count),
                    np.full(count, 0.0003),
                ]
            ),
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


def _blow(rng: np.random.Generator) -> Float64:
    """One short sound of shaped noise that dies away."""
    decay, attack = 10 ** rng.uniform(-3, -1.2), 10 ** rng.uniform(-4, -2.7)
    time = np.arange(int(SAMPLE_RATE * (attack + 6 * decay))) / SAMPLE_RATE
    return coloured(len(time), rng) * np.minimum(1, time / attack) * exponential(-time / decay)


def taps(samples: int, rng: np.random.Generator) -> Float64:
    """Short sounds of a few sorts, in bursts or evenly: typing, mouse, steps, claps; often over pure silence."""
    sorts = [_blow(rng) for _ in range(int(rng.integers(1, 7)))]
    out = np.zeros(samples)
    rate, regular = 10 ** rng.uniform(0, 1.2), rng.random()
    at = 0.0
    while at < samples:
        sound = sorts[int(rng.integers(len(sorts)))]
        part = out[int(at) : int(at) + len(sound)]
        part += rng.lognormal(0, 0.5) * sound[: len(part)]
        pause = rng.uniform(0.3, 2) if rng.random() < 0.07 else 0.0
        at += SAMPLE_RATE * (regular / rate + (1 - regular) * rng.exponential(1 / rate) + 0.02 + pause)
    if rng.random() < 0.5:
        out += 10 ** rng.uniform(-3.5, -1.5) * pink(samples, rng)
    return out


def ratchet(samples: int, rng: np.random.Generator) -> Float64:
    """One sound over and over, 4 to 60 times a second: printers, rails, small motors."""
    sound = _blow(rng)
    period = SAMPLE_RATE / 10 ** rng.uniform(0.6, 1.8)
    out = 10 ** rng.uniform(-3, -1) * pink(samples, rng)
    at = 0.0
    while at < samples:
        part = out[int(at) : int(at) + len(sound)]
        part += rng.uniform(0.7, 1) * sound[: len(part)]
        at += period * (1 + 0.03 * rng.standard_normal())
    return out * amplitude(rng.uniform(0, 5) * curve(samples, rng, 0.5))
