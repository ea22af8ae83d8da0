"""Rows at known places of a file that is still being written.

A bare file is one run of rows; in HDF5 the rows lie in chunks at places that are fixed when the file is made.
In both cases rows are written over plain file calls, in any order and as often as needed, and whatever moment
a run is killed at, the file's structure is whole.
"""

from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import OutputError
from rnnoise_py.spec.layout import ROW_SIZE

F32 = npt.NDArray[np.float32]

ROW_BYTES: Final = ROW_SIZE * 4


def row_bytes(rows: F32) -> memoryview:
    """Return rows as they are in files and digests: little-endian float32 in C order."""
    return np.ascontiguousarray(rows, dtype="<f4").data.cast("B")


class RowStore:
    """An open file of ``count`` rows, float32 little-endian, in chunks.

    Parameters
    ----------
    path
        An existing file.
    starts
        Byte at which each chunk begins.
    chunk_rows
        Rows of a chunk; the last one may be filled in part.
    """

    def __init__(self, path: Path, starts: list[int], chunk_rows: int) -> None:
        self._file: FileIO = path.open("r+b", buffering=0)
        self._starts = starts
        self._chunk_rows = chunk_rows

    def __enter__(self) -> "RowStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, first: int, rows: F32) -> None:
        """Write ``rows``, (n, 87), as rows ``first … first+n-1``."""
        content = row_bytes(rows)
        for place, begin, end in self._pieces(first, len(rows)):
            self._file.seek(place)
            rest = content[begin:end]
            while rest:
                rest = rest[self._file.write(rest) :]

    def read(self, first: int, count: int) -> F32:
        """Read ``count`` rows from ``first`` on, (count, 87).

        Raises
        ------
        OutputError
            When the file is shorter.
        """
        content = bytearray(count * ROW_BYTES)
        for place, begin, end in self._pieces(first, count):
            self._file.seek(place)
            rest = memoryview(content)[begin:end]
            while rest:
                got = self._file.readinto(rest)
                if not got:
                    raise OutputError(f"{self._file.name} is too short: start over without --resume")
                rest = rest[got:]
        return np.frombuffer(content, dtype="<f4").astype(np.float32, copy=False).reshape(count, ROW_SIZE)

    def _pieces(self, first: int, count: int) -> list[tuple[int, int, int]]:
        """Place in the file, first and last byte of the content, chunk by chunk."""
        pieces = []
        done = 0
        while done < count:
            chunk, offset = divmod(first + done, self._chunk_rows)
            rows = min(count - done, self._chunk_rows - offset)
            begin = done * ROW_BYTES
            pieces.append((self._starts[chunk] + offset * ROW_BYTES, begin, begin + rows * ROW_BYTES))
            done += rows
        return pieces


def create_bare(path: Path, count: int) -> None:
    """Make a bare file with room for ``count`` rows (sparse: nothing is written yet)."""
    with path.open("wb") as file:
        file.truncate(count * ROW_BYTES)


def open_bare(path: Path, count: int) -> RowStore:
    """Open what :func:`create_bare` made."""
    return RowStore(path, [0], count)
