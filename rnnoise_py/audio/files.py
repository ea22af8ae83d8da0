"""The audio files of a folder, in the one order that every stage uses."""

import os
import re
from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable

__all__ = [
    "AUDIO_SUFFIXES",
    "BARE_SUFFIXES",
    "CLEAN_STREAM",
    "NOISE_STREAM",
    "check_folder",
    "in_order",
    "list_audio_files",
    "natural_key",
    "number_after_underscore",
    "walk_files",
]

#: bare 16-bit little-endian mono 48 kHz PCM, no header
BARE_SUFFIXES: Final = frozenset({".raw", ".pcm", ".s16"})
#: what is taken from a folder; a file named on its own is sniffed whatever its name
AUDIO_SUFFIXES: Final = BARE_SUFFIXES | {
    ".wav",
    ".wave",
    ".w64",
    ".rf64",
    ".flac",
    ".ogg",
    ".oga",
    ".opus",
    ".mp3",
    ".mp2",
    ".mpga",
    ".aif",
    ".aiff",
    ".aifc",
    ".au",
    ".snd",
    ".caf",
    ".sph",
    ".nist",
    ".voc",
    ".avr",
    ".htk",
    ".paf",
    ".mat",
    ".xi",
    ".sd2",
    # with PyAV
    ".m4a",
    ".m4b",
    ".aac",
    ".webm",
    ".weba",
    ".mka",
    ".wma",
    ".amr",
    ".ac3",
    ".ape",
    ".wv",
    ".tta",
}

CLEAN_STREAM: Final = "all_clean.raw"  #: usual name of the speech that training rows are made of
NOISE_STREAM: Final = "all_noise.raw"  #: and of the noise

_DIGITS = re.compile(r"([0-9]+)")
_LAST_NUMBER = re.compile(r"_([0-9]+)$")


def natural_key(path: Path) -> tuple[object, ...]:
    """Sort key: runs of digits compare as numbers, folder by folder; the plain text breaks ties."""
    parts = tuple(
        tuple((0, int(run), "") if i % 2 else (1, 0, run) for i, run in enumerate(_DIGITS.split(part)) if run)
        for part in path.parts
    )
    return (parts, str(path))


def number_after_underscore(path: Path) -> int | None:
    """Return the number after the last ``_`` of the name without its suffix, or None."""
    found = _LAST_NUMBER.search(path.stem)
    return int(found[1]) if found else None


def in_order(paths: list[Path], root: Path) -> list[Path]:
    """Sort files found under ``root``: by the number after the last ``_`` of every name, else naturally.

    Numbers count only when every name has one; equal ones follow the natural order of their paths.
    """
    natural = sorted(paths, key=lambda path: natural_key(path.relative_to(root)))
    numbers = {path: number_after_underscore(path) for path in natural}
    if natural and all(number is not None for number in numbers.values()):
        return sorted(natural, key=lambda path: numbers[path] or 0)
    return natural


def check_folder(folder: Path, what: str, remedy: str) -> None:
    """Raise :class:`InputError` unless ``folder`` is one; ``what`` says which, ``remedy`` what to do."""
    if folder.is_dir():
        return
    if folder.exists():
        raise InputError(f"{what}{printable(folder)} is a file: {remedy}")
    raise InputError(f"{what}folder {printable(folder)} does not exist: {remedy}")


def walk_files(folder: Path) -> list[Path]:
    """List every file under ``folder`` (links followed, each real folder once, hidden names left out).

    Raises
    ------
    InputError
        When the folder is missing or cannot be read.
    """
    check_folder(folder, "", "give a folder of audio files")

    def unreadable(error: OSError) -> None:
        raise InputError(f"cannot read folder {printable(error.filename)}: {error.strerror}")

    found: list[Path] = []
    seen: set[tuple[int, int]] = set()
    for here, folders, names in os.walk(folder, followlinks=True, onerror=unreadable):
        status = os.stat(here)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(here, name) for name in names if not name.startswith(".")]
    return sorted(found)


def list_audio_files(folder: Path, suffixes: frozenset[str] = AUDIO_SUFFIXES) -> list[Path]:
    """List the audio files under ``folder`` in the order of every stage.

    The order is that of the number after the last ``_`` of the name when every name has one, else natural
    (``a2`` before ``a10``) by path. Sub-folders are included, links are followed, loops are safe, hidden
    names are left out, other suffixes too. Whether a file can be decoded is not looked at.

    Raises
    ------
    InputError
        When the folder is missing or cannot be read.
    """
    found = [path for path in walk_files(folder) if path.suffix.lower() in suffixes]
    return in_order(found, folder)
