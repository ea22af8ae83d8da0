"""Audio files of every format that libsndfile writes here, for tests that damage them."""

import io
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

Int16 = npt.NDArray[np.int16]

ID3V2 = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)  # 128 bytes of padding
ID3V1 = b"TAG" + bytes(125)
#: no header that states a length: what is cut off cannot be known to be missing
OPEN_ENDED = frozenset({"PAF", "PVF", "IRCAM", "XI"})
#: bare, with a second file for the header, or written by libsndfile so that it cannot read it
UNUSABLE = frozenset({"RAW", "SD2"})
UNREADABLE = frozenset({("AIFF", "DWVW_12"), ("AIFF", "DWVW_16"), ("AIFF", "DWVW_24")})


def pcm(count: int, seed: int = 1, channels: int = 1) -> Int16:
    """Make noise, (count, channels) int16, up to a quarter of full scale."""
    return np.random.default_rng(seed).integers(-8192, 8192, (count, channels)).astype(np.int16)


def written(samples: Int16, container: str, subtype: str, rate: int = 48_000, **options: Any) -> bytes:
    """Return a file of these samples."""
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, subtype, format=container, **options)
    return stream.getvalue()


@cache
def formats() -> tuple[tuple[str, str], ...]:
    """Container and coding of everything that libsndfile writes and reads again at 48 kHz mono."""
    found = []
    for container in soundfile.available_formats():
        for subtype in soundfile.available_subtypes(container):
            if container in UNUSABLE or (container, subtype) in UNREADABLE:
                continue
            try:
                content = written(pcm(960), container, subtype)
            except (soundfile.SoundFileError, ValueError, TypeError):
                continue
            if content:
                found.append((container, subtype))
    return tuple(found)


def lossless(subtype: str) -> bool:
    """Whether 16-bit samples come out as they went in."""
    return subtype in {"PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAC_16", "ALAC_20", "ALAC_24", "ALAC_32"}
