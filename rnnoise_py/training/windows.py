"""Rows for training: files opened, checked and read window by window, in constant memory."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.rows.reader import RowReader
from rnnoise_py.rows.values import check_rows
from rnnoise_py.runs.progress import Progress, note, warn
from rnnoise_py.runs.provenance import read_manifest
from rnnoise_py.spec.layout import ROW_SIZE
from rnnoise_py.training.checked_rows import Checked, CheckedFiles

FloatArray = npt.NDArray[np.float32]


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
        self.files = [RowReader(path) for path in expand_manifests(paths)]
        counts = [file.count // window for file in self.files]
        self.ends = np.cumsum(counts)
        self.windows = int(sum(counts))
        if self.windows < 2:
            rows = sum(file.count for file in self.files)
            raise InputError(
                f"{', '.join(map(str, paths))}: {rows} rows are {self.windows} whole windows of {window}; "
                f"needed are at least two ({2 * window} rows): make more rows or set --window lower"
            )

    def check(self) -> dict[str, Any]:
        """Read everything once: refuse what are no training rows, return rows and digests for the run's records.

        A large file that was read before and is unchanged since is not read again.

        Raises
        ------
        InputError
            See :func:`rnnoise_py.rows.values.check_rows`.
        """
        memory = CheckedFiles()
        known = {number: memory.recall(file) for number, file in enumerate(self.files)}
        unread = [number for number, checked in known.items() if checked is None]
        if unread:
            with Progress(sum(self.files[number].count for number in unread), "row", "checking rows") as progress:
                for number in unread:
                    digest, doubts = check_rows(self.files[number], progress.update)
                    known[number] = Checked(digest, tuple(doubts))
        files = []
        for file, checked in zip(self.files, known.values(), strict=True):
            assert checked is not None
            file.check_digest(checked.row_sha256)
            memory.remember(file, checked)
            files.append({"path": printable(file.path), "rows": file.count, "row_sha256": checked.row_sha256})
            if file.note:
                note(file.note)
            for line in checked.doubts:
                warn(line)
        if unread:
            memory.save()
        whole = hashlib.sha256("".join(str(file["row_sha256"]) for file in files).encode()).hexdigest()
        return {"files": files, "windows": self.windows, "window": self.window, "digest": whole}

    def locate(self, window: int) -> tuple[RowReader, int]:
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
            file.read(first, self.window, place)
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
