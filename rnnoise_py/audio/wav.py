"""Mono 16-bit WAV as bytes: the same bytes everywhere, and a full disk is an ordinary ``OSError``."""

import struct

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import PCM_BYTES

_LONGEST = (1 << 32) - 64  # bytes that the header can state


def wav_bytes(pcm: npt.NDArray[np.int16], rate: int) -> bytes:
    """Return a whole WAV file.

    Parameters
    ----------
    pcm
        ``(samples,)`` int16.
    rate
        Hz.

    Raises
    ------
    InputError
        When it is too long for WAV (4 GiB).
    """
    if PCM_BYTES * len(pcm) > _LONGEST:
        raise InputError(f"{len(pcm)} samples do not fit into one WAV file (4 GiB): make it shorter")
    data = pcm.astype("<i2", copy=False).tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(data),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        rate,
        rate * PCM_BYTES,
        PCM_BYTES,
        8 * PCM_BYTES,
        b"data",
        len(data),
    )
    return head + data
