"""Small folders of made-up speech and noise, as WAV files."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.convert import to_int16
from rnnoise_py.audio.wav import wav_bytes
from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import write_bytes
from rnnoise_py.runs.progress import Progress
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.noise import NOISE_KINDS, noise
from rnnoise_py.synthetic.speech import speech
from rnnoise_py.synthetic.talker import Talker, talker_of


def write_wav(path: Path, samples: npt.NDArray[np.floating[Any]], rate: int = SAMPLE_RATE) -> None:
    """Write mono float samples as 16-bit WAV, atomically."""
    write_bytes(path, wav_bytes(to_int16(samples)[0], rate))


def write_tree(
    folder: Path,
    *,
    speech_files: int,
    noise_files: int,
    seconds: float,
    seed: int = 1,
    kinds: tuple[str, ...] = NOISE_KINDS,
    synthesizer: Talker = speech,
) -> tuple[Path, Path]:
    """Write ``folder/speech/speech_N.wav`` and ``folder/noise/KIND/KIND_N.wav``, 48 kHz mono 16-bit.

    Parameters
    ----------
    folder
        Created if missing; files of the same names are replaced.
    seed
        Same seed, same files.
    speech_files, noise_files
        How many; the noise families take turns.
    seconds
        Length of each file.
    kinds
        Families of noise to use.
    synthesizer
        Speaks seven files in ten; the others are our own generator's.

    Returns
    -------
    The folder of speech and the folder of noise.

    Raises
    ------
    InputError
        When a number cannot be used.
    """
    if min(speech_files, noise_files, seed) < 0 or not seconds > 0:
        raise InputError(
            f"{speech_files} and {noise_files} files of {seconds} s, seed {seed}: none can be below 0, the length not 0"
        )
    speech_folder, noise_folder = folder / "speech", folder / "noise"
    speech_folder.mkdir(parents=True, exist_ok=True)
    noise_folder.mkdir(parents=True, exist_ok=True)
    with Progress(speech_files + noise_files, "file", "synthetic audio") as progress:
        for k in range(speech_files):
            spoken = talker_of(k, synthesizer)(seconds, 1000 * seed + k)
            write_wav(speech_folder / f"speech_{k + 1}.wav", spoken)
            progress.update(1)
        for k in range(noise_files):
            kind = kinds[k % len(kinds)]
            (noise_folder / kind).mkdir(exist_ok=True)
            write_wav(noise_folder / kind / f"{kind}_{k + 1}.wav", noise(kind, seconds, 1000 * seed + k))
            progress.update(1)
    return speech_folder, noise_folder
