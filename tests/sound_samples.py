"""Sound for property tests: stretches of everything that microphones, editors and broken files give."""

from typing import Final

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from rnnoise_py.spec.constants import FRAME_SIZE, PCM_SCALE, SAMPLE_RATE

Int16: Final = npt.NDArray[np.int16]
LOUDEST: Final = PCM_SCALE - 1
KINDS: Final = (
    "silence",
    "least",  # ±1, dither
    "noise",
    "hum",
    "voice",  # pulses through a resonance
    "clicks",
    "square",  # full scale
    "dc",
    "fade",
)


def stretch(kind: str, length: int, level: float, seed: int) -> npt.NDArray[np.float64]:
    """One stretch of sound, ±32767; ``level`` 0 … 1."""
    draw = np.random.default_rng(seed)
    t = np.arange(length)
    period = int(draw.integers(30, 900))
    if kind == "silence" or not length:
        return np.zeros(length)
    if kind == "least":
        return draw.integers(-1, 2, length).astype(np.float64)
    if kind == "noise":
        return level * LOUDEST / 4 * draw.normal(size=length)
    if kind == "hum":
        return np.asarray(level * LOUDEST * np.sin(2 * np.pi * t / period))
    if kind == "voice":
        pulses = (t % period == 0).astype(np.float64)
        ring = np.exp(-np.arange(400) / 60) * np.sin(2 * np.pi * draw.uniform(300, 3000) / SAMPLE_RATE * np.arange(400))
        return np.asarray(level * LOUDEST * np.convolve(pulses, ring)[:length])
    if kind == "clicks":
        return np.where(draw.random(length) < 1 / 200, level * LOUDEST, 0.0)
    if kind == "square":
        return np.where(t // period % 2, float(LOUDEST), -float(PCM_SCALE))
    if kind == "dc":
        return np.full(length, level * LOUDEST)
    return level * LOUDEST * np.exp(-t / (length / 20 + 1)) * draw.normal(size=length)


@st.composite
def sounds(draw: st.DrawFn, least: int = 1, most: int = 30 * FRAME_SIZE) -> npt.NDArray[np.int16]:
    """16-bit sound of ``least`` … ``most`` samples, one to four stretches."""
    length = draw(st.integers(least, most))
    cuts = sorted(draw(st.lists(st.integers(0, length), max_size=3)))
    parts = [
        stretch(draw(st.sampled_from(KINDS)), last - first, draw(st.floats(1e-4, 1)), draw(st.integers(0, 2**31)))
        for first, last in zip([0, *cuts], [*cuts, length], strict=True)
    ]
    return np.clip(np.rint(np.concatenate(parts)), -PCM_SCALE, LOUDEST).astype(np.int16)
