"""Decode a file block by block: mean of the channels, stateful resampling, rounding with saturation."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.convert import downmix, to_int16
from rnnoise_py.audio.open_file import AudioFile, open_audio
from rnnoise_py.errors import InputError
from rnnoise_py.runs.progress import warn
from rnnoise_py.spec.constants import SAMPLE_RATE

BLOCK_FRAMES: Final = 1 << 16  # frames read at a time
RESAMPLER_QUALITY: Final = "HQ"  # soxr, 20-bit


def mono_blocks(audio: AudioFile, rate: int, frames: int | None = None) -> Iterator[npt.NDArray[np.floating[Any]]]:
    """Yield the file from where it stands as mono float blocks at ``rate`` Hz.

    Parameters
    ----------
    audio
        An open file; ``frames`` of it are read, or all that is left.

    Raises
    ------
    InputError
        When the file is damaged or holds samples that are not finite.
    """
    resampler: Any = None
    if audio.rate != rate:
        import soxr

        resampler = soxr.ResampleStream(audio.rate, rate, 1, dtype="float32", quality=RESAMPLER_QUALITY)
    left = frames if frames is not None else -1
    while left:
        block = downmix(audio.read(min(BLOCK_FRAMES, left) if left > 0 else BLOCK_FRAMES))
        if not len(block):
            break
        left -= len(block) if left > 0 else 0
        if resampler is not None:
            with np.errstate(over="ignore"):  # refused by whoever looks at the samples
                block = block.astype(np.float32, copy=False)
            block = resampler.resample_chunk(block)
        if len(block):
            yield block
    if resampler is not None:
        block = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        if len(block):
            yield block


class AudioDecoder:
    """One file as 48 kHz mono int16 blocks; knows afterwards how much came out and how much was clipped.

    A context manager; memory does not grow with the file.
    """

    def __init__(self, path: Path) -> None:
        self.audio = open_audio(path)
        self.samples = 0  #: 48 kHz samples given out so far
        self.clipped = 0  #: how many of them were saturated

    def __enter__(self) -> "AudioDecoder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.audio.close()

    def blocks(self) -> Iterator[npt.NDArray[np.int16]]:
        """Yield ``(samples,)`` int16 blocks until the end of the file.

        Raises
        ------
        InputError
            When the file is damaged, holds samples that are not finite, or nothing at all.
        """
        if self.audio.is_plain:
            while len(block := self.audio.read_int16(BLOCK_FRAMES)):
                self.samples += len(block)
                yield block[:, 0]
        else:
            for samples in mono_blocks(self.audio, SAMPLE_RATE):
                if not np.isfinite(samples).all():
                    raise InputError(f"{self.audio.name} overflows in resampling: is it scaled wrongly?")
                pcm, clipped = to_int16(samples)
                self.samples += len(pcm)
                self.clipped += clipped
                yield pcm
        if not self.samples:
            raise InputError(f"{self.audio.name} holds no samples")


def decode_int16(path: Path) -> npt.NDArray[np.int16]:
    """Decode a whole file to 48 kHz mono int16 in memory; warn when it is cut short or damaged.

    Raises
    ------
    InputError
        When it cannot be decoded.
    """
    with AudioDecoder(path) as decoder:
        pcm = np.concatenate(list(decoder.blocks()))
    if decoder.audio.truncated:
        warn(f"{decoder.audio.name} {decoder.audio.shortfall}")
    return pcm
