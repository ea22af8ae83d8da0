"""Join sources into the stream of one clip (contract/dataset §3, §4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.dataset.excerpt import read_excerpt
from rnnoise_py.dataset.mixing import is_clipped
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.words import counted

Float64 = npt.NDArray[np.float64]

CLIPPED_TRIES: Final = 50  # clipped sources before a stream is given up
#: kinds of sources that were passed over
CLIPPED, LOW_ACTIVITY, UNREADABLE, UNMIXABLE = "clipped", "low activity", "unreadable", "unmixable"
SHORT: Final = "cut short or damaged"  #: what is there is used


class GivenUp(Exception):  # noqa: N818 - no error: the caller starts another stream
    """Too many clipped sources in a row of tries."""


@dataclass
class Passed:
    """Sources that were passed over, with the reason."""

    rows: dict[tuple[str, str, str], None] = field(default_factory=dict)  #: (kind, path, reason), once each

    def add(self, kind: str, path: Path, reason: str) -> None:
        """Note one source once."""
        self.rows[kind, printable(path), reason] = None


@dataclass(frozen=True)
class Piece:
    """One source in a stream."""

    path: Path
    offset: float  #: seconds into the source
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return path, offset and length for logs."""
        return {"path": printable(self.path), "offset": round(self.offset, 6), "seconds": round(self.seconds, 6)}


class Walk:
    """Goes through a list from a start, round and round; knows when nothing in it can be used."""

    def __init__(self, paths: Sequence[Path], start: int, what: str) -> None:
        self._paths = paths
        self._at = start % len(paths)
        self._useless = 0
        self._what = what

    def next(self) -> Path:
        """Return the next file.

        Raises
        ------
        InputError
            When the whole list was passed over since the last usable file.
        """
        if self._useless >= len(self._paths):
            raise InputError(
                f"none of the {counted(len(self._paths), f'{self._what} file')} can be used (the last: "
                f"{printable(self._paths[self._at - 1])}): all are unreadable or clipped"
            )
        path = self._paths[self._at]
        self._at = (self._at + 1) % len(self._paths)
        self._useless += 1
        return path

    def usable(self) -> None:
        """Note that the file given last was of use."""
        self._useless = 0


def join_stream(
    walk: Walk, rng: np.random.Generator, passed: Passed, *, samples: int, rate: int, silence: int, crop: bool = True
) -> tuple[Float64, list[Piece]]:
    """Join sources until the stream is long enough.

    Parameters
    ----------
    walk
        Gives the files.
    rng
        Draws where a window lies in a source that is too long.
    passed
        Takes note of sources that were passed over.
    samples, rate
        Length and rate of the stream.
    silence
        Zeros between sources, in samples.
    crop
        False keeps the last source whole, so that the stream may be longer.

    Returns
    -------
    ``(samples,)`` float64 and the pieces in it.

    Raises
    ------
    GivenUp
        After 50 clipped sources.
    InputError
        When nothing in the list can be used.
    """
    parts: list[Float64] = []
    pieces: list[Piece] = []
    missing = samples
    tries = CLIPPED_TRIES
    while missing > 0:
        if not tries:
            raise GivenUp
        path = walk.next()
        position = rng.random()
        short: list[str] = []
        try:
            signal, offset = read_excerpt(path, rate, missing if crop else None, position, on_shortfall=short.append)
        except InputError as error:
            passed.add(UNREADABLE, path, str(error))
            continue
        if is_clipped(signal):
            passed.add(CLIPPED, path, "a sample exceeds 0.99")
            tries -= 1
            continue
        walk.usable()
        for shortfall in short:
            passed.add(SHORT, path, f"{printable(path)} {shortfall}")
        parts.append(signal)
        pieces.append(Piece(path, offset, len(signal) / rate))
        missing -= len(signal)
        if missing > 0 and silence:
            parts.append(np.zeros(min(missing, silence)))
            missing -= len(parts[-1])
    return np.concatenate(parts), pieces
