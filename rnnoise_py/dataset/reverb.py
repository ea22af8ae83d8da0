"""Reverberation with a room's impulse response (contract/dataset §5)."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.audio.open_file import open_audio
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable

Float64 = npt.NDArray[np.float64]


def read_response(path: Path, channel: int, rate: int) -> Float64:
    """Read one channel of an impulse response, resampled to ``rate`` Hz.

    Raises
    ------
    InputError
        When the file cannot be read or has no such channel.
    """
    with open_audio(path) as audio:
        if channel >= audio.channels:
            raise InputError(f"{printable(path)} has {audio.channels} channels, the table says {channel + 1}")
        response = np.ascontiguousarray(audio.read(audio.frames)[:, channel], dtype=np.float64)
        if audio.rate != rate:
            import soxr

            response = soxr.resample(response, audio.rate, rate, quality=RESAMPLER_QUALITY).astype(np.float64)
    if not response.any():
        raise InputError(f"{printable(path)} is silent: no impulse response")
    return response


def reverberate(signal: Float64, response: Float64) -> Float64:
    """Convolve, and cut to the length of the signal."""
    length = len(signal) + len(response) - 1
    size = 1 << (length - 1).bit_length()
    spectrum = np.fft.rfft(signal, size) * np.fft.rfft(response, size)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(signal)])
