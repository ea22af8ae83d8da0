"""Noises with pitch: hum, machines, alarms, music."""

import numpy as np

from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.formants import decaying_modes
from rnnoise_py.synthetic.hiss import coloured, pink
from rnnoise_py.synthetic.powers import exponential, power
from rnnoise_py.synthetic.shapes import Float64, curve, events, harmonics, lowpass, phase, shaped


def hum(samples: int, rng: np.random.Generator) -> Float64:
    """Mains hum with harmonics over a little hiss."""
    base = float(rng.choice([50.0, 60.0]))
    levels = exponential(-np.arange(20) / rng.uniform(2, 8)) * rng.uniform(0.2, 1, 20)
    return harmonics(phase(base, samples), levels, rng) + rng.uniform(0.01, 0.1) * pink(samples, rng)


def fan(samples: int, rng: np.random.Generator) -> Float64:
    """Air noise with blade tones."""
    blades = rng.uniform(40, 300) * (1 + 0.003 * curve(samples, rng, 0.5))
    levels = rng.uniform(0.05, 0.5) * exponential(-np.arange(8) / 2.5)
    corner = rng.uniform(200, 2000)
    air = shaped(samples, rng, lowpass(corner, 1.2))
    return air + harmonics(phase(blades, samples), levels, rng)


def engine(samples: int, rng: np.random.Generator) -> Float64:
    """Turn a motor whose speed wanders."""
    speed = rng.uniform(25, 110) * power(2, 0.3 * curve(samples, rng, rng.uniform(0.1, 0.5)))
    levels = rng.uniform(0.1, 1, 30) / power(np.arange(1, 31), rng.uniform(0.4, 1.2))
    rumble = shaped(samples, rng, lowpass(150, 1.5))
    return harmonics(phase(speed, samples), levels, rng) + rng.uniform(0.3, 1.5) * rumble


def vacuum(samples: int, rng: np.random.Generator) -> Float64:
    """Vacuum cleaner or drill: whine in broad noise."""
    whine = rng.uniform(200, 900) * (1 + 0.01 * curve(samples, rng, 1.0))
    levels = rng.uniform(0.1, 0.6, 15) / np.sqrt(np.arange(1, 16))
    return harmonics(phase(whine, samples), levels, rng) + coloured(samples, rng)


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


def beeps(samples: int, rng: np.random.Generator) -> Float64:
    """Telephones, alarms, machines that call: tones in a pattern, now one, now two at a time."""
    out = rng.uniform(0, 0.02) * pink(samples, rng)
    pitches = power(10, rng.uniform(2.5, 3.5, (int(rng.integers(1, 6)), int(rng.integers(1, 3)))))
    length, gap = rng.uniform(0.04, 0.6), rng.uniform(0.03, 1.0)
    partials = rng.uniform(0, 0.6, 3) * (rng.random() < 0.5)
    at = int(SAMPLE_RATE * rng.uniform(0, gap))
    count = 0
    while at < samples:
        part = out[at : at + int(SAMPLE_RATE * length)]
        ramp = np.minimum(1, np.minimum(np.arange(len(part)), np.arange(len(part))[::-1]) / 200)
        for hertz in pitches[count % len(pitches)]:
            part += ramp * harmonics(phase(hertz, len(part)), np.array([1, *partials]), rng)
        count += 1
        pause = rng.uniform(1, 3) if count % 8 == 0 else gap
        at += len(part) + int(SAMPLE_RATE * pause)
    return out


def birds(samples: int, rng: np.random.Generator) -> Float64:
    """Chirps that glide, singly and in runs, over a quiet hiss."""
    out = rng.uniform(0, 0.05) * pink(samples, rng)
    starts = events(samples, rng, rng.uniform(0.5, 3))
    centre = rng.uniform(1500, 5000)
    for start in starts:
        glide, length = rng.uniform(-0.5, 0.5), rng.uniform(0.03, 0.25)
        loud = rng.lognormal(-0.5, 0.6)
        hertz = centre * 2 ** rng.uniform(-0.6, 0.6)
        for run in range(int(rng.integers(1, 6))):
            at = start + int(run * 1.3 * length * SAMPLE_RATE)
            part = out[at : at + int(length * SAMPLE_RATE)]
            share = np.linspace(0, 1, len(part))
            part += loud * np.sin(np.pi * share) * np.sin(phase(hertz * power(2, glide * share), len(part)))
    return out


def pads(samples: int, rng: np.random.Generator) -> Float64:
    """Sustained chords with vibrato: strings, organ, choir; no blows."""
    out = np.zeros(samples)
    step = int(SAMPLE_RATE * rng.uniform(0.4, 3))
    root, fade = rng.uniform(40, 60), step // int(rng.integers(2, 12))
    brightness = rng.uniform(0.6, 2)
    vibrato = 1 + 0.006 * np.sin(2 * np.pi * rng.uniform(4, 7) * np.arange(step + fade) / SAMPLE_RATE)
    for at in range(0, samples, step):
        part = out[at : at + step + fade]
        ramp = np.minimum(1, np.minimum(np.arange(step + fade), np.arange(step + fade)[::-1]) / fade)[: len(part)]
        degree = float(rng.choice([0, 2, 4, 5, 7, 9]))
        for interval in rng.choice([0, 3, 4, 7, 12, 16, 19], int(rng.integers(1, 4)), replace=False):
            hertz = 440 * 2 ** ((root + degree + interval - 69) / 12)
            levels = rng.uniform(0.3, 1, 10) / power(np.arange(1, 11), brightness)
            part += ramp * harmonics(phase(hertz * vibrato[: len(part)], len(part)), levels, rng)
    return out
