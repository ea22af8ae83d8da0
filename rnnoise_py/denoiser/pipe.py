"""Denoise raw 16-bit PCM from one stream to another, as it comes."""

import os
from typing import BinaryIO, Final

import numpy as np

from rnnoise_py.constants import PCM_BYTES
from rnnoise_py.denoiser.denoiser import Denoiser
from rnnoise_py.errors import InputError

READ_BYTES: Final = 1 << 16  # at most; less where less is there


def denoise_pipe(source: BinaryIO, target: BinaryIO, denoiser: Denoiser) -> int:
    """Denoise interleaved 16-bit little-endian PCM until the source ends; return the samples per channel.

    Each read takes what is there and what is ready is written at once, so the delay is the 10 ms of the denoiser
    (and the resamplers'). In all as many samples come out as went in.

    Raises
    ------
    InputError
        When the source ends inside a sample, or before the first.
    """
    channels, width = denoiser.channels, PCM_BYTES * denoiser.channels
    rest, samples = b"", 0
    handle = source.fileno()
    while block := os.read(handle, READ_BYTES):
        rest += block
        whole = len(rest) // width * width
        audio = np.frombuffer(rest[:whole], "<i2").astype(np.int16, copy=False).reshape(-1, channels)
        rest = rest[whole:]
        samples += len(audio)
        _write(target, denoiser.process(audio))
    if not samples:
        raise InputError("no samples came in: pipe 16-bit little-endian PCM, e.g. arecord -t raw -f S16_LE -r 48000")
    _write(target, denoiser.flush())
    if rest:
        raise InputError(
            f"the input ended inside a sample ({len(rest)} bytes left): is it 16-bit PCM of {channels} channels?"
        )
    return samples


def _write(target: BinaryIO, audio: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> None:
    if len(audio):
        target.write(audio.astype("<i2", copy=False).tobytes())
        target.flush()
