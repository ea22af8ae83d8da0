"""The one reader of files of rows.

What is accepted: HDF5 with a dataset ``data`` of shape (rows, 87), float32 or float64 (as Keras scripts write it),
stored in the file itself; anything else is bare little-endian float32, 87 values a row. Rows come as float32.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.rows.description import PENDING_ROWS
from rnnoise_py.rows.foreign import named_by_content, named_by_width
from rnnoise_py.rows.hdf5 import as_plain
from rnnoise_py.rows.store import ROW_BYTES
from rnnoise_py.spec.layout import HDF5_MAGIC, ROW_SIZE, ROWS_DATASET

F32 = npt.NDArray[np.float32]

READ_ROWS: Final = 1 << 13
MOST_CHUNK_BYTES: Final = 1 << 28  #: of a compressed chunk, which is read whole
MAKE_ROWS: Final = "make rows with `rnnoise-py features`"


class RowReader:
    """A file of rows, its format told by its content. It is open only while rows are read.

    Parameters
    ----------
    path
        ``.h5`` or bare.

    Attributes
    ----------
    path : Path
    is_hdf5 : bool
    count : int
        Rows, at least one.
    attributes : dict
        Of the HDF5 dataset; empty for a bare file.
    is_wide : bool
        Whether it holds float64.
    rounded : int
        Values so far that float32 could not hold exactly.

    Raises
    ------
    InputError
        When it is missing, empty, cut off, or holds anything but training rows.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.attributes: dict[str, Any] = {}
        self.is_wide = False
        self.rounded = 0
        self._name = printable(path)
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise InputError(f"{self._name} is no file: give a file of rows")
            with path.open("rb") as file:
                self.is_hdf5 = file.read(len(HDF5_MAGIC)) == HDF5_MAGIC
                if not self.is_hdf5:
                    self.count = self._count_bare(file, status.st_size)
        except OSError as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"cannot read {self._name}: {error.strerror or error}") from error
        self._seen = _identity(status)
        if self.is_hdf5:
            self.count = self._open_hdf5()

    @property
    def identity(self) -> tuple[int, int, int, int]:
        """What was the same of the file as long as nobody touched it: device, inode, size, time of change."""
        return self._seen

    @property
    def note(self) -> str:
        """What is converted, as one line; empty when nothing is. How much was rounded is known after reading."""
        if not self.is_wide:
            return ""
        how = f"{self.rounded:,} values rounded" if self.rounded else "exactly"
        return f"{self._name} holds float64: taken as float32, {how}"

    def read(self, first: int, count: int, out: F32 | None = None) -> F32:
        """Read rows ``first … first + count − 1``, from any place and thread.

        Parameters
        ----------
        first, count
            Which rows.
        out
            Where to put them, float32 (count, 87); a new array without it.

        Returns
        -------
        ndarray
            float32 (count, 87).

        Raises
        ------
        InputError
            When the file is damaged, or was changed since it was opened.
        """
        rows = np.empty((count, ROW_SIZE), np.float32) if out is None else out
        with self._opened() as source:
            self._fill(rows, source, first)
        return rows

    def blocks(self, block_rows: int = READ_ROWS) -> Iterator[F32]:
        """Yield all rows in order, float32 (≤ block_rows, 87).

        Raises
        ------
        InputError
            When the file is damaged, or was changed since it was opened.
        """
        with self._opened() as source:
            for first in range(0, self.count, block_rows):
                rows = np.empty((min(block_rows, self.count - first), ROW_SIZE), np.float32)
                self._fill(rows, source, first)
                yield rows

    def check_digest(self, row_sha256: str) -> None:
        """Raise :class:`InputError` unless the file says that its rows have this digest, or says nothing."""
        stated = self.attributes.get("row_sha256")
        if stated == PENDING_ROWS:
            raise InputError(f"{self._name} is not finished: make it with `rnnoise-py features … --resume`")
        if stated is not None and stated != row_sha256:
            raise InputError(
                f"{self._name} is damaged: its rows have the digest {row_sha256[:16]}…, "
                f"it says {str(stated)[:16]}…; make it again"
            )

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """Open the file: the HDF5 dataset, or the bare file; whatever fails meanwhile is said in one wording."""
        try:
            if _identity(self.path.stat()) != self._seen:
                raise InputError(f"{self._name} was changed while it was in use: start again")
            if not self.is_hdf5:
                with self.path.open("rb") as file:
                    yield file
                return
            import h5py

            with h5py.File(self.path, "r", locking=False) as file:
                yield file[ROWS_DATASET]
        except (OSError, EOFError, KeyError, RuntimeError) as error:
            raise InputError(f"{self._name} is damaged, or became shorter while it was being read ({error})") from error

    def _fill(self, out: F32, source: Any, first: int) -> None:
        """Fill ``out``, contiguous, with the rows from ``first`` on."""
        if not self.is_hdf5:
            source.seek(first * ROW_BYTES)
            if source.readinto(out.data.cast("B")) < out.nbytes:
                raise EOFError("too few bytes")
            if not np.little_endian:
                out.byteswap(inplace=True)
        elif not self.is_wide:
            source.read_direct(out, np.s_[first : first + len(out)])
        else:
            rows = source[first : first + len(out)]
            with np.errstate(over="ignore"):  # becomes infinite, and is told as such
                out[...] = rows
            self.rounded += int(np.count_nonzero((out != rows) & ~np.isnan(rows)))

    def _count_bare(self, file: BinaryIO, size: int) -> int:
        if not size:
            raise InputError(f"{self._name} is empty (0 bytes)")

        def read(start: int, count: int) -> bytes:
            file.seek(start)
            return file.read(count)

        other = named_by_content(size, read)
        if other:
            raise InputError(f"{self._name} holds no training rows of ours: {other}")
        if size % ROW_BYTES:
            raise InputError(
                f"{self._name} has {size} bytes, no multiple of {ROW_BYTES} ({ROW_SIZE} float32 a row): "
                f"it is cut off, or holds no training rows; {MAKE_ROWS}"
            )
        return size // ROW_BYTES

    def _open_hdf5(self) -> int:
        """Look at the dataset: rows of the right kind, all there, in the file itself."""
        import h5py

        try:
            with h5py.File(self.path, "r", locking=False) as file:
                if not isinstance(file.get(ROWS_DATASET, getlink=True), h5py.HardLink):
                    raise InputError(f"{self._name} has no dataset {ROWS_DATASET!r}: {MAKE_ROWS}")
                data = file[ROWS_DATASET]
                if not isinstance(data, h5py.Dataset):
                    raise InputError(f"{self._name}: {ROWS_DATASET!r} is no dataset: {MAKE_ROWS}")
                self._check_kind(data.shape or (), data.dtype)
                self._check_storage(data)
                self.attributes = {name: as_plain(value) for name, value in data.attrs.items()}
                return int(data.shape[0])
        except (OSError, RuntimeError, KeyError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{self._name} cannot be read as HDF5 ({error}): is it whole?") from error

    def _check_kind(self, shape: tuple[int, ...], kind: np.dtype[Any]) -> None:
        known = kind.kind == "f" and kind.itemsize in {4, 8}
        if len(shape) != 2 or shape[1] != ROW_SIZE or not shape[0] or not known:
            other = named_by_width(shape[1]) if len(shape) == 2 else ""
            raise InputError(
                f"{self._name}: dataset {ROWS_DATASET!r} is {kind} of shape {shape}, needed is float32 "
                f"(rows, {ROW_SIZE})" + (f"; {other}" if other else "")
            )
        self.is_wide = kind.itemsize > np.dtype(np.float32).itemsize

    def _check_storage(self, data: Any) -> None:
        """Raise unless the rows that the header promises can be there."""
        if data.external or data.is_virtual:
            raise InputError(f"{self._name} keeps its rows in other files: copy them into one (h5repack)")
        rows, columns = data.shape
        if data.chunks is None:
            promised, there = rows * columns * data.dtype.itemsize, data.id.get_storage_size()
        else:
            promised = -(-rows // data.chunks[0]) * -(-columns // data.chunks[1])
            there = data.id.get_num_chunks()
            packed = data.id.get_create_plist().get_nfilters() > 0
            if packed and data.chunks[0] * data.chunks[1] * data.dtype.itemsize > MOST_CHUNK_BYTES:
                raise InputError(
                    f"{self._name} is compressed in chunks of {data.chunks[0]:,} rows, too large to read: "
                    f"h5repack -l {ROWS_DATASET}:CHUNK=2000x{ROW_SIZE} first"
                )
        if there < promised:
            raise InputError(
                f"{self._name} promises {rows:,} rows and holds {there / promised:.2%} of them: it was never finished"
            )


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    """What stays the same of a file that nobody touches."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
