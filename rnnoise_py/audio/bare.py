"""Bare 16-bit little-endian mono 48 kHz PCM: no header, known by its suffix, so that a header in it is an error."""

from pathlib import Path
from typing import Final

from rnnoise_py.contents import content_of
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.spec.constants import PCM_BYTES

#: four bytes that the formats begin with which are refused in bare PCM; the C tool has the same list
HEADERS: Final = {
    b"RIFF": "WAV",
    b"RIFX": "WAV",
    b"RF64": "RF64",
    b"fLaC": "FLAC",
    b"OggS": "Ogg",
    b"FORM": "AIFF",
    b"caff": "CAF",
    b".snd": "AU",
    b"ID3\x03": "MP3",
    b"ID3\x04": "MP3",
}


def known_header(head: bytes) -> str | None:
    """Name the audio format whose header begins with the four bytes ``head``; None for anything else."""
    return HEADERS.get(head[:4])


def check_bare(path: Path, size: int, head: bytes) -> None:
    """Raise :class:`InputError` unless a file of ``size`` bytes that starts with ``head`` can be bare PCM."""
    name = printable(path)
    found = known_header(head)
    if found:
        raise InputError(
            f"{name} starts with a {found} header, but its suffix {path.suffix} means bare PCM: "
            f"rename it to its own format"
        )
    content = content_of(head, name)
    if content is not None:
        raise InputError(f"{name} is {content.what}: {content.remedy}")
    if size % PCM_BYTES:
        raise InputError(
            f"{name} has an odd number of bytes ({size}): bare PCM is 16-bit little-endian mono 48 kHz; "
            f"is it truncated or of another width?"
        )
