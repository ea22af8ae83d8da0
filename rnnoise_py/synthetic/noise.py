"""Families of noise: steady, modulated, tonal, impulsive, and crowds."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.blows import crackle, keyboard, knocks, rain, ratchet, taps
from rnnoise_py.synthetic.crowd import babble
from rnnoise_py.synthetic.hiss import (
    blue,
    brown,
    coloured,
    flutter,
    gated,
    islands,
    modulated,
    narrow,
    pink,
    traffic,
    white,
    wind,
)
from rnnoise_py.synthetic.shapes import Float64
from rnnoise_py.synthetic.speech import scale_to_level
from rnnoise_py.synthetic.tones import beeps, birds, engine, fan, hum, music, pads, siren, vacuum

SECTION_SECONDS: Final = 30.0  # each section of a long noise draws its own parameters
FADE: Final = SAMPLE_RATE // 10  # samples of cross-fade between sections

_FAMILIES: Final[dict[str, Callable[[int, np.random.Generator], Float64]]] = {
    family.__name__: family
    for family in (
        white,
        pink,
        brown,
        blue,
        coloured,
        modulated,
        hum,
        fan,
        engine,
        vacuum,
        traffic,
        wind,
        rain,
        keyboard,
        knocks,
        crackle,
        siren,
        music,
        babble,
        gated,
        flutter,
        narrow,
        islands,
        beeps,
        birds,
        pads,
        taps,
        ratchet,
    )
}
NOISE_KINDS: Final = tuple(_FAMILIES)  #: names of the families; their places are part of the seed of their draws
COMMON_KINDS: Final = NOISE_KINDS[: NOISE_KINDS.index("gated")]  #: what most rooms and streets are full of


def noise(kind: str, seconds: float, seed: int = 1, *, level: float = -26.0) -> npt.NDArray[np.float32]:
    """Make noise of one family.

    Parameters
    ----------
    kind
        One of :data:`NOISE_KINDS`.
    seconds
        Length.
    seed
        Draws the parameters (again each half minute) and the samples.
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
    rise = np.sin(np.linspace(0, np.pi / 2, FADE)).astype(np.float32)
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
