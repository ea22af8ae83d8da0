"""Rows for training: files opened, checked and read window by window, in constant memory."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.provenance import read_manifest
from rnnoise_py.spec.layout import COLUMN_NAMES, HDF5_MAGIC, ROW_SIZE, ROWS_DATASET

FloatArray = npt.NDArray[np.float32]

CHECK_ROWS: Final = 8192  # rows read at a time while a file is checked
_ROW_BYTES: Final = ROW_SIZE * 4


@dataclass(frozen=True)
class RowFile:
    """One file of rows."""

    path: Path
    rows: int
    bare: bool  #: ``.f32``: nothing but little-endian float32

    def read(self, first: int, out: FloatArray) -> None:
        """Fill ``out`` (count, ROW_SIZE) with the rows from ``first`` on.

        Files are opened for each read and closed again: nothing stays mapped, and many shards are no
        more open files than one.
        """
        try:
            if self.bare:
                with self.path.open("rb") as stream:
                    stream.seek(first * _ROW_BYTES)
                    got = np.fromfile(stream, dtype="<f4", count=out.size)
                out[...] = got.reshape(out.shape)
            else:
                import h5py

                with h5py.File(self.path, "r") as file:
                    file[ROWS_DATASET].read_direct(out, np.s_[first : first + len(out)])
        except (OSError, KeyError, ValueError) as error:
            raise InputError(
                f"cannot read rows {first}–{first + len(out) - 1} of {self.path} ({error}): is the file still whole?"
            ) from error

    def check(self, progress: Progress) -> str:
        """SHA-256 of the rows; raise :class:`InputError` naming the first value that is not finite."""
        digest = hashlib.sha256()
        block = np.empty((CHECK_ROWS, ROW_SIZE), dtype=np.float32)
        for first in range(0, self.rows, CHECK_ROWS):
            part = block[: min(CHECK_ROWS, self.rows - first)]
            self.read(first, part)
            bad = np.argwhere(~np.isfinite(part))
            if len(bad):
                row, column = (int(i) for i in bad[0])
                raise InputError(
                    f"{self.path}: row {first + row}, column {column} ({COLUMN_NAMES[column]}) is "
                    f"{part[row, column]}: make the file again from sound audio"
                )
            digest.update(part.astype("<f4", copy=False).tobytes())
            progress.update(len(part))
        return digest.hexdigest()


def open_row_file(path: Path) -> RowFile:
    """Open one ``.f32`` or HDF5 file; raise :class:`InputError` when it holds no rows of the right width."""
    try:
        with path.open("rb") as stream:
            head = stream.read(len(HDF5_MAGIC))
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    if head != HDF5_MAGIC:
        if path.suffix != ".f32":
            raise InputError(f"{path} is neither HDF5 nor .f32: make rows with `rnnoise-py features`")
        if size % _ROW_BYTES:
            raise InputError(
                f"{path} has {size} bytes, no multiple of {_ROW_BYTES} ({ROW_SIZE} float32): it is cut off"
            )
        return RowFile(path, size // _ROW_BYTES, bare=True)
    import h5py

    try:
        with h5py.File(path, "r") as file:
            data = file.get(ROWS_DATASET)
            if not isinstance(data, h5py.Dataset):
                raise InputError(f"{path} has no dataset {ROWS_DATASET!r}: make rows with `rnnoise-py features`")
            shape, kind = data.shape, data.dtype
    except OSError as error:
        raise InputError(f"{path} cannot be opened as HDF5 ({error}): is it whole?") from error
    if len(shape) != 2 or shape[1] != ROW_SIZE:
        raise InputError(f"{path}: dataset {ROWS_DATASET!r} has shape {shape}, needed (rows, {ROW_SIZE})")
    if kind.kind != "f":
        raise InputError(f"{path}: dataset {ROWS_DATASET!r} holds {kind}, needed float32")
    return RowFile(path, int(shape[0]), bare=False)


def expand_manifests(paths: Sequence[Path]) -> list[Path]:
    """Replace every ``.json`` manifest of shards by the files that it lists (beside it, in their order)."""
    found: list[Path] = []
    for path in paths:
        if path.suffix != ".json":
            found.append(path)
            continue
        listed: Any = read_manifest(path).get("files")
        if not isinstance(listed, list) or not listed:
            raise InputError(f"{path} lists no files: give the manifest that `rnnoise-py features` wrote, or the files")
        for entry in listed:
            name = entry.get("path") or entry.get("name") if isinstance(entry, dict) else entry
            if not isinstance(name, str):
                raise InputError(f"{path} lists {entry!r}, which is no file name: make the shards again")
            found.append(path.parent / name)
    return found


class RowFiles:
    """Windows of several files, numbered through; a window never spans two files.

    Parameters
    ----------
    paths
        HDF5, ``.f32`` or manifests, in order.
    window
        Rows of a window; what is left over at a file's end is dropped.

    Raises
    ------
    InputError
        For unreadable files, wrong widths, or fewer than two windows in all.
    """

    def __init__(self, paths: Sequence[Path], window: int) -> None:
        self.window = window
        self.files = [open_row_file(path) for path in expand_manifests(paths)]
        counts = [file.rows // window for file in self.files]
        self.ends = np.cumsum(counts)
        self.windows = int(sum(counts))
        if self.windows < 2:
            rows = sum(file.rows for file in self.files)
            raise InputError(
                f"{', '.join(map(str, paths))}: {rows} rows are {self.windows} whole windows of {window}; "
                f"needed are at least two ({2 * window} rows): make more rows or set --window lower"
            )

    def check(self) -> dict[str, Any]:
        """Read everything once: refuse NaN and infinity, return rows and digests for the run's records."""
        with Progress(sum(file.rows for file in self.files), "row", "checking rows") as progress:
            files = [
                {"path": printable(file.path), "rows": file.rows, "row_sha256": file.check(progress)}
                for file in self.files
            ]
        whole = hashlib.sha256("".join(str(file["row_sha256"]) for file in files).encode()).hexdigest()
        return {"files": files, "windows": self.windows, "window": self.window, "digest": whole}

    def locate(self, window: int) -> tuple[RowFile, int]:
        """File and first row of a window."""
        number = int(np.searchsorted(self.ends, window, side="right"))
        before = int(self.ends[number - 1]) if number else 0
        return self.files[number], (window - before) * self.window

    def describe(self, window: int) -> str:
        """Say a window in words, for messages."""
        file, first = self.locate(window)
        return f"window {window} (rows {first}–{first + self.window - 1} of {file.path})"

    def read(self, windows: npt.NDArray[np.int64]) -> FloatArray:
        """Read some windows, float32 (len(windows), window, ROW_SIZE)."""
        out = np.empty((len(windows), self.window, ROW_SIZE), dtype=np.float32)
        for place, window in zip(out, windows, strict=True):
            file, first = self.locate(int(window))
            file.read(first, place)
        return out

    def batches(self, order: npt.NDArray[np.int64], size: int) -> Iterator[tuple[npt.NDArray[np.int64], FloatArray]]:
        """Batches of windows in the given order, each read while the one before is worked on."""
        parts = [order[first : first + size] for first in range(0, len(order), size)]
        with ThreadPoolExecutor(1, thread_name_prefix="rows") as reader:
            coming = reader.submit(self.read, parts[0])
            for number, part in enumerate(parts):
                rows = coming.result()
                if number + 1 < len(parts):
                    coming = reader.submit(self.read, parts[number + 1])
                yield part, rows


def split_windows(windows: int, validation: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Numbers of the training windows and of the validation windows (the last ones), as Keras splits."""
    first = min(max(int(windows * (1.0 - validation)), 1), windows - 1)
    return np.arange(first, dtype=np.int64), np.arange(first, windows, dtype=np.int64)
