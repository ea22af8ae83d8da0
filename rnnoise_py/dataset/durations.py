"""Seconds, rate and format of many files without decoding them, a few at a time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rnnoise_py.audio.open_file import open_audio
from rnnoise_py.errors import InputError


@dataclass(frozen=True)
class Header:
    """What is known of a file before it is decoded."""

    path: Path
    seconds: float
    rate: int  #: Hz
    channels: int
    coding: str  #: e.g. ``WAV PCM_16``
    size: int  #: bytes
    problem: str  #: why it cannot be read; then the numbers are zero
    shortfall: str = ""  #: what is missing or damaged, to follow the name of the file


def read_header(path: Path) -> Header:
    """Read one header; a file that cannot be read gets a ``problem``, never an error."""
    try:
        with open_audio(path) as audio:
            seconds, coding = audio.frames / audio.rate, f"{audio.format} {audio.subtype}"
            size = path.stat().st_size
            return Header(path, seconds, audio.rate, audio.channels, coding, size, "", audio.shortfall)
    except (InputError, OSError) as error:
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        return Header(path, 0.0, 0, 0, "", size, str(error))


def read_headers(paths: Sequence[Path], workers: int = 4) -> Iterator[Header]:
    """Yield the headers in the order of the paths."""
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, len(paths), 1024):
            yield from pool.map(read_header, paths[first : first + 1024])
