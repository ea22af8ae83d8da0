"""Read a whole file or a random window of it, mono float64 at the run's rate, without reading the rest."""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import mono_blocks
from rnnoise_py.audio.files import printable
from rnnoise_py.audio.open_file import AudioFile, open_audio
from rnnoise_py.errors import InputError

Float64 = npt.NDArray[np.float64]

MARGIN_SECONDS: Final = 0.05  # read on both sides of a window that is resampled, for the filter's tails


def read_excerpt(path: Path, rate: int, limit: int | None, position: float) -> tuple[Float64, float]:
    """Read a file, or a window of exactly ``limit`` samples when it is longer.

    Parameters
    ----------
    path
        The file.
    rate
        Hz of the result.
    limit
        Most samples to return; None for all.
    position
        Where the window lies, 0 (start) … below 1 (end).

    Returns
    -------
    ``(samples,)`` float64, ±1 is full scale, and the offset of the window in seconds.

    Raises
    ------
    InputError
        When the file cannot be read, is empty, or holds samples that are not finite.
    """
    with open_audio(path) as audio:
        total = round(audio.frames * rate / audio.rate)
        if limit is None or total <= limit:
            return _join(audio, rate, None, path)[:limit], 0.0
        offset = int(position * (total - limit + 1))
        if not audio.random_access and audio.format != "FLAC":
            whole = _join(audio, rate, None, path)
            offset = min(offset, max(0, len(whole) - limit))
            return whole[offset : offset + limit], offset / rate
        if audio.rate == rate:
            audio.seek(offset)
            return _join(audio, rate, limit, path), offset / rate
        margin = int(MARGIN_SECONDS * audio.rate)
        first = max(0, int(offset * audio.rate / rate) - margin)
        count = int(limit * audio.rate / rate) + 2 * margin + 2
        audio.seek(first)
        block = _join(audio, rate, count, path)
        skip = min(round(offset - first * rate / audio.rate), max(0, len(block) - limit))
        return block[skip : skip + limit], offset / rate


def _join(audio: AudioFile, rate: int, frames: int | None, path: Path) -> Float64:
    blocks = list(mono_blocks(audio, rate, frames))
    if not blocks:
        raise InputError(f"{printable(path)} holds no samples")
    out = np.concatenate(blocks).astype(np.float64)
    if not np.isfinite(out).all():
        raise InputError(f"{printable(path)} overflows in resampling: is it scaled wrongly?")
    return out
