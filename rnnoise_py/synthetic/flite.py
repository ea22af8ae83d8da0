"""Synthetic speech from flite, where that program is on the machine: English voices, made-up text."""

import shutil
import subprocess
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import DependencyError
from rnnoise_py.synthetic.spoken import clip_of, made_up_text

#: kept out of the shipped model's training material: evaluation sets speak with these
RESERVED_VOICES: Final = ("slt", "rms", "awb", "kal16")
#: kal is the speaker of kal16: a model that heard it, as the demo's may have, cannot be judged on kal16; the shipped
#: model's material has nothing of flite
VOICES: Final = ("kal",)


def find_flite() -> str | None:
    """Path of flite, or None."""
    return shutil.which("flite")


def flite_speech(seconds: float, seed: int = 1, *, level: float = -26.0) -> npt.NDArray[np.float32]:
    """Speak made-up text with one drawn voice.

    Parameters
    ----------
    seconds
        Length; the text is repeated or cut to it.
    seed
        Draws voice, speed, pitch and text.
    level
        RMS in dBFS over the parts that are not silent.

    Returns
    -------
    ``(samples,)`` float32 at 48 kHz, within ±0.97; nothing above flite's 8 kHz.

    Raises
    ------
    DependencyError
        When flite is not on the machine or fails.
    """
    program = find_flite()
    if program is None:
        raise DependencyError("flite is not installed: apt-get install flite, or use the built-in generator")
    rng = np.random.default_rng((seed, 3))
    voice, stretch, pitch = str(rng.choice(VOICES)), rng.uniform(0.8, 1.3), rng.uniform(85, 230)
    text = made_up_text(rng, int(4 * seconds) + 8)
    done = subprocess.run(
        [
            program,
            "-voice",
            voice,
            "--setf",
            f"duration_stretch={stretch:.3f}",
            "--setf",
            f"int_f0_target_mean={pitch:.1f}",
            "-t",
            text,
            "-o",
            "/dev/stdout",
        ],
        capture_output=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise DependencyError(f"flite failed with voice {voice}: {done.stderr.decode(errors='replace').strip()}")
    return clip_of(done.stdout, seconds, level)
