"""Synthetic speech from espeak-ng, where that program is on the machine: many languages and voices."""

import shutil
import subprocess
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import DependencyError
from rnnoise_py.synthetic.spoken import clip_of, made_up_text

LANGUAGES: Final = (
    "bg", "ca", "cs", "cy", "da", "de", "el", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-us", "es", "es-419",
    "et", "eu", "fi", "fr-fr", "fr-be", "hr", "hu", "id", "is", "it", "lt", "lv", "mk", "nb", "nl", "pl", "pt",
    "pt-br", "ro", "sk", "sl", "sq", "sr", "sv", "sw", "tr", "uk",
)
VARIANTS: Final = ("", *(f"+m{i}" for i in range(1, 8)), *(f"+f{i}" for i in range(1, 6)), "+croak", "+whisperf")
#: kept out of all training material: evaluation sets speak with these
RESERVED_VOICES: Final = frozenset({"ru", "de+f3", "es+f2", "en-gb+m3", "fr-fr+f2", "fr+f2", "it+m1"})


def find_espeak() -> str | None:
    """Path of espeak-ng, or None."""
    return shutil.which("espeak-ng")


def espeak_speech(seconds: float, seed: int = 1, *, level: float = -26.0) -> npt.NDArray[np.float32]:
    """Speak made-up text with one drawn voice.

    Parameters
    ----------
    seconds
        Length; the text is repeated or cut to it.
    seed
        Draws language, voice, speed, pitch and text.
    level
        RMS in dBFS over the parts that are not silent.

    Returns
    -------
    ``(samples,)`` float32 at 48 kHz, within ±0.97; nothing above espeak-ng's 11 kHz.

    Raises
    ------
    DependencyError
        When espeak-ng is not on the machine or fails.
    """
    program = find_espeak()
    if program is None:
        raise DependencyError("espeak-ng is not installed: apt-get install espeak-ng, or use the built-in generator")
    rng = np.random.default_rng((seed, 2))
    while True:
        voice = str(rng.choice(LANGUAGES)) + str(rng.choice(VARIANTS))
        if voice not in RESERVED_VOICES:
            break
    speed, pitch = int(rng.integers(110, 230)), int(rng.integers(10, 90))
    text = made_up_text(rng, int(4 * seconds) + 8)
    done = subprocess.run(
        [program, "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text],
        capture_output=True, check=False,
    )
    if done.returncode or not done.stdout:
        raise DependencyError(f"espeak-ng failed with voice {voice}: {done.stderr.decode(errors='replace').strip()}")
    return clip_of(done.stdout, seconds, level)
