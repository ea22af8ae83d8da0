"""Synthetic speech from espeak-ng, where that program is on the machine: many languages and voices."""

import shutil
import subprocess
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.synthetic.spoken import clip_of, made_up_text

#: languages whose rules read plain syllables
LANGUAGES: Final = (
    "af",
    "an",
    "bg",
    "bs",
    "ca",
    "cs",
    "cy",
    "da",
    "de",
    "el",
    "en-029",
    "en-gb",
    "en-gb-scotland",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-gb-x-rp",
    "en-us",
    "en-us-nyc",
    "eo",
    "es",
    "es-419",
    "et",
    "eu",
    "fi",
    "fr-be",
    "fr-ch",
    "fr-fr",
    "ga",
    "gd",
    "gn",
    "hr",
    "ht",
    "hu",
    "ia",
    "id",
    "io",
    "is",
    "it",
    "kl",
    "ku",
    "la",
    "lb",
    "lfn",
    "lt",
    "ltg",
    "lv",
    "mi",
    "mk",
    "ms",
    "mt",
    "nb",
    "nci",
    "nl",
    "om",
    "pap",
    "pl",
    "pt",
    "pt-br",
    "qu",
    "quc",
    "ro",
    "sk",
    "sl",
    "smj",
    "sq",
    "sr",
    "sv",
    "sw",
    "tn",
    "tr",
    "uk",
    "uz",
    "vi",
)
VARIANTS: Final = (
    "",
    *(f"+m{i}" for i in range(1, 9)),
    *(f"+f{i}" for i in range(1, 6)),
    *(f"+klatt{i}" for i in ("", 2, 3, 4)),
    "+croak",
    "+whisper",
    "+whisperf",
    "+Alex",
    "+Alicia",
    "+Andrea",
    "+Andy",
    "+Annie",
    "+Denis",
    "+Diogo",
    "+Gene",
    "+Henrique",
    "+Hugo",
    "+Jacky",
    "+Lee",
    "+Marco",
    "+Mario",
    "+Michael",
    "+Mike",
    "+adam",
    "+anika",
    "+antonio",
    "+aunty",
    "+belinda",
    "+benjamin",
    "+boris",
    "+caleb",
    "+david",
    "+ed",
    "+edward",
    "+grandma",
    "+grandpa",
    "+gustave",
    "+iven",
    "+john",
    "+linda",
    "+marcelo",
    "+max",
    "+michel",
    "+miguel",
    "+norbert",
    "+pablo",
    "+paul",
    "+pedro",
    "+quincy",
    "+rob",
    "+robert",
    "+sandro",
    "+shelby",
    "+steph",
    "+travis",
    "+victor",
    "+zac",
)
#: kept out of all training material: evaluation sets speak with these
RESERVED_VOICES: Final = ("ru", "de+f3", "es+f2", "en-gb+m3", "fr+f2", "it+m1")
_RESERVED_PAIRS: Final = frozenset(
    (voice.partition("+")[0].partition("-")[0], voice.partition("+")[2]) for voice in RESERVED_VOICES
)


def is_reserved(voice: str) -> bool:
    """Whether a voice is kept for evaluation; dialects of a reserved voice's language count as that language."""
    language, _, variant = voice.partition("+")
    return (language.partition("-")[0], variant) in _RESERVED_PAIRS


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
    InputError
        When the length is not positive.
    DependencyError
        When espeak-ng is not on the machine or fails.
    """
    if not seconds > 0:
        raise InputError(f"{seconds} seconds of speech: the length must be positive")
    program = find_espeak()
    if program is None:
        raise DependencyError("espeak-ng is not installed: apt-get install espeak-ng, or use the built-in generator")
    rng = np.random.default_rng((seed, 2))
    while True:
        voice = str(rng.choice(LANGUAGES)) + str(rng.choice(VARIANTS))
        if not is_reserved(voice):
            break
    speed, pitch, gap = int(rng.integers(100, 260)), int(rng.integers(5, 95)), max(0, int(rng.integers(-10, 8)))
    text = made_up_text(rng, int(4 * seconds) + 8)
    done = subprocess.run(
        [program, "-v", voice, "-s", str(speed), "-p", str(pitch), "-g", str(gap), "--stdout", text],
        capture_output=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise DependencyError(f"espeak-ng failed with voice {voice}: {done.stderr.decode(errors='replace').strip()}")
    return clip_of(done.stdout, seconds, level)
