"""A user's recordings, each cut in two: three quarters to train on, the last quarter to judge by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import list_audio_files, to_int16
from rnnoise_py.audio.decode import mono_blocks
from rnnoise_py.audio.open_file import open_audio
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.spec.constants import SAMPLE_RATE

Float32 = npt.NDArray[np.float32]

HELD_OUT: Final = 0.25  #: share of each recording that judges
LEAST_SECONDS: Final = 20.0  #: of a noise, or of speech, in all
MOST_SECONDS: Final = 1800.0  #: of it that is taken
_PIECE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Sounds:
    """Recordings at 48 kHz, one channel."""

    training: tuple[Path, ...]  #: pieces, written as WAV
    held_out: Float32  #: (samples,) in ±1: the ends of all recordings, one after the other
    seconds: float  #: of both


def cut_sounds(given: Iterable[Path], what: str, scratch: Path) -> Sounds:
    """Read files and folders, and cut each recording in two.

    Parameters
    ----------
    given
        Audio files, or folders of them.
    what
        Names them in messages: ``noise`` or ``speech``.
    scratch
        Folder for the pieces to train on; it is made.

    Raises
    ------
    InputError
        When there is too little, nothing but silence, or a file that cannot be read.
    """
    import soundfile

    files = [file for path in given for file in _files(path, what)]
    scratch.mkdir(parents=True)
    pieces: list[Path] = []
    ends: list[Float32] = []
    left = round(MOST_SECONDS * SAMPLE_RATE)
    for file in files:
        if left <= 0:
            break
        sound = _read(file, left)
        left -= len(sound)
        cut = round(len(sound) * (1 - HELD_OUT))
        ends.append(sound[cut:])
        step = round(_PIECE_SECONDS * SAMPLE_RATE)
        for start in range(0, cut, step):
            pieces.append(scratch / f"{what}_{len(pieces):04d}.wav")
            soundfile.write(pieces[-1], to_int16(sound[start : min(cut, start + step)])[0], SAMPLE_RATE)
    seconds = MOST_SECONDS - left / SAMPLE_RATE
    if seconds < LEAST_SECONDS:
        raise InputError(
            f"{seconds:.1f} s of {what} are too little to train on and to judge by: give {LEAST_SECONDS:.0f} s or more"
        )
    held_out = np.concatenate(ends)
    if not np.abs(held_out).max() > 1e-4:
        raise InputError(f"the last quarter of the {what} is silent: give recordings with sound to their end")
    return Sounds(tuple(pieces), held_out, seconds)


def _files(path: Path, what: str) -> Sequence[Path]:
    if not path.exists():
        raise InputError(f"{what} {printable(path)} does not exist: give recordings, or a folder of them")
    files = list_audio_files(path) if path.is_dir() else [path]
    if not files:
        raise InputError(f"folder {printable(path)} holds no audio files: give recordings of the {what}")
    return files


def _read(file: Path, most: int) -> Float32:
    with open_audio(file) as audio:
        blocks = list(mono_blocks(audio, SAMPLE_RATE, round(most * audio.rate / SAMPLE_RATE)))
    return np.concatenate(blocks).astype(np.float32)[:most] if blocks else np.zeros(0, np.float32)
