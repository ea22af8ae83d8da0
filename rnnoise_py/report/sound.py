"""Audio for the page: Opus as bytes, FLAC as files."""

import io
import re
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import OutputError
from rnnoise_py.names import soundfile_name
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.spec.constants import SAMPLE_RATE

Int16 = npt.NDArray[np.int16]

PAGE_AUDIO_BYTES: Final = 26_000_000  # of base64, that all audio of a page should stay below
BEST_BITRATE: Final = 64_000  # bits a second: transparent for one channel
LOWEST_BITRATE: Final = 24_000
# libsndfile's compression level l in 0 … 1 means (1 − l)·250000 + 6000 bits a second and channel
_LEVEL_SPAN: Final = 250_000
_LEVEL_REST: Final = 6_000
FLAC_NAME: Final = re.compile(r"\d{3,}-\d+\.flac")  # of lossless copies


def flac_name(recording: int, track: int) -> str:
    """Name of a lossless copy; both counted, recordings from 1."""
    return f"{recording:03}-{track}.flac"


def opus_bitrate(seconds: float) -> int:
    """Bits a second such that ``seconds`` of audio, all tracks together, fit the page."""
    wanted = PAGE_AUDIO_BYTES * 8 * 3 / 4 / max(seconds, 1e-3)
    return int(min(BEST_BITRATE, max(LOWEST_BITRATE, wanted)))


def opus_bytes(pcm: Int16, bitrate: int) -> bytes:
    """Encode 48 kHz mono int16 as Ogg Opus.

    Raises
    ------
    OutputError
        When libsndfile cannot write Opus.
    """
    import soundfile

    stream = io.BytesIO()
    level = 1 - (bitrate - _LEVEL_REST) / _LEVEL_SPAN
    try:
        soundfile.write(stream, pcm, SAMPLE_RATE, format="OGG", subtype="OPUS", compression_level=level)
    except (soundfile.LibsndfileError, ValueError, TypeError) as error:
        raise OutputError(f"this libsndfile cannot write Opus ({error}): update soundfile to 0.13 or later") from error
    return stream.getvalue()


def write_flac(path: Path, pcm: Int16) -> None:
    """Write 48 kHz mono int16 as FLAC, atomically."""
    import soundfile

    with atomic_path(path) as temporary:
        soundfile.write(soundfile_name(temporary), pcm, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
