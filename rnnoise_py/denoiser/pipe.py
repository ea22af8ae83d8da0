"""Denoise raw 16-bit PCM from one stream to another, as it comes."""

import os
from typing import BinaryIO, Final

import numpy as np

from rnnoise_py.audio.bare import known_header
from rnnoise_py.denoiser.denoiser import Denoiser
from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import PCM_BYTES

READ_BYTES: Final = 1 << 16  # at most; less where less is there
_HEAD_BYTES: Final = 4  # that tell a header from samples


def denoise_pipe(source: BinaryIO, target: BinaryIO, denoiser: Denoiser) -> int:
    """Denoise interleaved 16-bit little-endian PCM until the source ends; return the samples per channel.

    Each read takes what is there and what is ready is written at once, so the delay is the 10 ms of the denoiser
    (and the resamplers'). In all as many samples come out as went in.

    Raises
    ------
    InputError
        When the source ends inside a sample or before the first, or begins with the header of an audio file.
    """
    channels, width = denoiser.channels, PCM_BYTES * denoiser.channels
    handle, samples = source.fileno(), 0
    rest = _read_head(handle)
    block = rest
    while block:
        whole = len(rest) // width * width
        audio = np.frombuffer(rest[:whole], "<i2").astype(np.int16, copy=False).reshape(-1, channels)
        rest = rest[whole:]
        samples += len(audio)
        _write(target, denoiser.process(audio))
        block = os.read(handle, READ_BYTES)
        rest += block
    if not samples:
        raise InputError("no samples came in: pipe 16-bit little-endian PCM, e.g. arecord -t raw -f S16_LE -r 48000")
    _write(target, denoiser.flush())
    if rest:
        raise InputError(
            f"the input ended inside a sample ({len(rest)} bytes left): is it 16-bit PCM of {channels} channels?"
        )
    return samples


def _read_head(handle: int) -> bytes:
    """Read the first bytes, four at least if there are as many; refuse the header of an audio file."""
    head = b""
    while len(head) < _HEAD_BYTES and (block := os.read(handle, READ_BYTES)):
        head += block
    found = known_header(head)
    if found:
        raise InputError(
            f"the input starts with a {found} header, but a pipe carries bare 16-bit PCM: give the file's name "
            "(rnnoise-py denoise IN OUT), or decode it first"
        )
    return head


def _write(target: BinaryIO, audio: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> None:
    if len(audio):
        target.write(audio.astype("<i2", copy=False).tobytes())
        target.flush()
