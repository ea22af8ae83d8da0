"""Read a whole file or a random window of it, mono float64 at the run's rate, without reading the rest."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import mono_blocks
from rnnoise_py.audio.open_file import AudioFile, open_audio
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable

Float64 = npt.NDArray[np.float64]

MARGIN_SECONDS: Final = 0.05  # read on both sides of a window that is resampled, for the filter's tails


def read_excerpt(
    path: Path, rate: int, limit: int | None, position: float, *, on_shortfall: Callable[[str], None] | None = None
) -> tuple[Float64, float]:
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
    on_shortfall
        Hears what is missing or damaged, to follow the name of the file.

    Returns
    -------
    ``(samples,)`` float64, ±1 is full scale, and the offset of the window in seconds.

    Raises
    ------
    InputError
        When the file cannot be read, is empty, or holds samples that are not finite.
    """
    with open_audio(path) as audio:
        block, offset = _window(audio, rate, limit, position, path)
        if on_shortfall is not None and audio.shortfall:
            on_shortfall(audio.shortfall)
    return block, offset / rate


def _window(audio: AudioFile, rate: int, limit: int | None, position: float, path: Path) -> tuple[Float64, int]:
    """Read the window, and say where it begins, in samples."""
    total = round(audio.frames * rate / audio.rate)
    if limit is None or total <= limit:
        return _join(audio, rate, None, path)[:limit], 0
    offset = int(position * (total - limit + 1))
    if not audio.random_access and audio.format != "FLAC":
        return _join(audio, rate, None, path, skip=offset, limit=limit), offset
    if audio.rate == rate:
        audio.seek(offset)
        return _join(audio, rate, limit, path), offset
    margin = int(MARGIN_SECONDS * audio.rate)
    grid = audio.rate // math.gcd(audio.rate, rate)  # source samples between two that coincide
    first = max(0, int(offset * audio.rate / rate) - margin) // grid * grid
    count = int((offset + limit) * audio.rate / rate) + margin - first
    audio.seek(first)
    block = _join(audio, rate, count, path)
    skip = min(offset - first * rate // audio.rate, max(0, len(block) - limit))
    return block[skip : skip + limit], offset


def _join(
    audio: AudioFile, rate: int, frames: int | None, path: Path, *, skip: int = 0, limit: int | None = None
) -> Float64:
    """Read blocks; leave out the first ``skip`` samples, stop after ``limit``."""
    blocks, length = [], 0
    for block in mono_blocks(audio, rate, frames):
        part = block[skip:] if limit is None else block[skip : skip + limit - length]
        skip = max(0, skip - len(block))
        length += len(part)
        if len(part):
            blocks.append(part)
        if limit is not None and length >= limit:
            break
    if not blocks:
        raise InputError(f"{printable(path)} holds no samples")
    out = np.concatenate(blocks).astype(np.float64)
    if not np.isfinite(out).all():
        raise InputError(f"{printable(path)} overflows in resampling: is it scaled wrongly?")
    return out
