"""Who speaks: the best speech synthesizer of this machine, beside the project's own generator."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import DependencyError
from rnnoise_py.synthetic.espeak import espeak_speech, find_espeak
from rnnoise_py.synthetic.flite import find_flite, flite_speech
from rnnoise_py.synthetic.speech import speech

#: called with seconds and seed, and perhaps ``level``
Talker = Callable[..., npt.NDArray[np.float32]]

OWN: Final = "the project's own generator"
#: best first; the last is always there
SYNTHESIZERS: Final[tuple[tuple[str, Callable[[], Any], Talker], ...]] = (
    ("espeak-ng", find_espeak, espeak_speech),
    ("flite", find_flite, flite_speech),
    (OWN, lambda: OWN, speech),
)
#: clips in ten that a synthesizer speaks; the rest are our generator's, which reach up to 24 kHz
SYNTHESIZED_IN_TEN: Final = 7


def best_synthesizer() -> tuple[str, Talker]:
    """Name and function of the best synthesizer that is on this machine and speaks."""
    return next((name, speak) for name, find, speak in SYNTHESIZERS if find() and _speaks(speak))


def _speaks(speak: Talker) -> bool:
    try:
        return len(speak(0.1, 1)) > 0
    except DependencyError:
        return False


def talker_of(index: int, synthesizer: Talker) -> Talker:
    """Return who speaks the clip of this number: the synthesizer, or our generator."""
    return synthesizer if index % 10 < SYNTHESIZED_IN_TEN else speech
