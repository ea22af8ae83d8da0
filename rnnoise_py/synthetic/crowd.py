"""Many people talking at once."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.shapes import Float64
from rnnoise_py.synthetic.speech import speech


def babble(samples: int, rng: np.random.Generator) -> Float64:
    """Several people talking at once, far from understandable."""
    return crowd(samples, rng, lambda seconds, seed: speech(seconds, seed, pauses=0.3), int(rng.integers(6, 10)))


def crowd(
    samples: int, rng: np.random.Generator, speak: Callable[[float, int], npt.NDArray[np.float32]], talkers: int
) -> Float64:
    """Add up what ``speak(seconds, seed)`` says in ``talkers`` voices, each up to 6 dB below the loudest."""
    out = np.zeros(samples)
    for _ in range(talkers):
        voice = speak(samples / SAMPLE_RATE + 0.01, int(rng.integers(1 << 31)))
        out += 10 ** (rng.uniform(-6, 0) / 20) * voice[:samples]
    return out
