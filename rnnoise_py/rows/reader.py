"""Rows of a finished file, block by block, whichever format it is of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.rows.hdf5 import read_attributes
from rnnoise_py.rows.store import ROW_BYTES
from rnnoise_py.spec.layout import HDF5_MAGIC, ROW_SIZE, ROWS_DATASET

F32 = npt.NDArray[np.float32]

READ_ROWS: Final = 1 << 13


class RowReader:
    """A file of rows, its format told by its content.

    Raises
    ------
    InputError
        When it is missing, empty or holds no rows of 87 float32.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.attributes: dict[str, Any] = {}  #: of the dataset; empty for a bare file
        try:
            with path.open("rb") as file:
                self.is_hdf5 = file.read(len(HDF5_MAGIC)) == HDF5_MAGIC
            size = path.stat().st_size
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from error
        if not size:
            raise InputError(f"{path} is empty (0 bytes)")
        if self.is_hdf5:
            self.count = self._open_hdf5()  #: rows
        elif size % ROW_BYTES:
            raise InputError(
                f"{path} has {size} bytes, no multiple of {ROW_BYTES} ({ROW_SIZE} float32 a row): "
                f"it is cut off, or holds no training rows"
            )
        else:
            self.count = size // ROW_BYTES

    def _open_hdf5(self) -> int:
        import h5py

        try:
            with h5py.File(self.path, "r", locking=False) as file:
                data = file.get(ROWS_DATASET)
                if not isinstance(data, h5py.Dataset):
                    raise InputError(f"{self.path} has no dataset {ROWS_DATASET!r}: it holds no training rows")
                shape, kind = data.shape, data.dtype
            self.attributes = read_attributes(self.path)
        except OSError as error:
            raise InputError(f"{self.path} cannot be read as HDF5 ({error}): is it whole?") from error
        if len(shape) != 2 or shape[1] != ROW_SIZE or not shape[0] or kind != np.float32:
            raise InputError(
                f"{self.path}: dataset {ROWS_DATASET!r} is {kind} of shape {shape}, "
                f"needed is float32 (rows, {ROW_SIZE})"
            )
        return int(shape[0])

    def blocks(self, block_rows: int = READ_ROWS) -> Iterator[F32]:
        """Yield all rows in order, float32 (≤ block_rows, 87).

        Raises
        ------
        InputError
            When the file is damaged.
        """
        if not self.is_hdf5:
            with self.path.open("rb") as file:
                left = self.count
                while left:
                    block = np.fromfile(file, "<f4", min(block_rows, left) * ROW_SIZE)
                    if block.size != min(block_rows, left) * ROW_SIZE:
                        raise InputError(f"{self.path} became shorter while it was being read")
                    left -= block.size // ROW_SIZE
                    yield block.astype(np.float32, copy=False).reshape(-1, ROW_SIZE)
            return
        import h5py

        try:
            with h5py.File(self.path, "r", locking=False) as file:
                data = file[ROWS_DATASET]
                for first in range(0, self.count, block_rows):
                    yield data[first : first + block_rows].astype(np.float32, copy=False)
        except OSError as error:
            raise InputError(f"{self.path} is damaged ({error})") from error
