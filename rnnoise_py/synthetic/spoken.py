"""What the speech synthesizers of a machine share: a text for them, and a clip of what they say.

The texts are made-up words of plain syllables, which every language's rules can pronounce.
"""

import io
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.speech import scale_to_level

_ONSETS: Final = ("", "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "st", "pr", "tr", "kl")
_VOWELS: Final = ("a", "e", "i", "o", "u", "a", "e", "o")
_CODAS: Final = ("", "", "", "n", "s", "l", "r", "t", "m")


def made_up_text(rng: np.random.Generator, words: int) -> str:
    """Words of one to four syllables, with commas and full stops."""
    out = []
    for i in range(words):
        syllables = int(rng.integers(1, 5))
        word = "".join(
            str(rng.choice(_ONSETS)) + str(rng.choice(_VOWELS)) + str(rng.choice(_CODAS)) for _ in range(syllables)
        )
        mark = "." if i % 9 == 8 else "," if rng.random() < 0.15 else ""
        out.append(word + mark)
    return " ".join(out) + "."


def clip_of(wav: bytes, seconds: float, level: float) -> npt.NDArray[np.float32]:
    """Make a clip of a program's WAV file.

    Parameters
    ----------
    wav
        Content of the file, mono.
    seconds
        Length of the clip; the speech is repeated or cut to it.
    level
        RMS in dBFS over the parts that are not silent.

    Returns
    -------
    ``(samples,)`` float32 at 48 kHz, within ±0.97.
    """
    import soundfile
    import soxr

    speech, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    samples = max(1, round(seconds * SAMPLE_RATE))
    wide = np.resize(np.asarray(soxr.resample(speech, rate, SAMPLE_RATE, RESAMPLER_QUALITY), np.float32), samples)
    return scale_to_level(wide, level)
