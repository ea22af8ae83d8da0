"""Whether the values of rows can be those of training rows, and whether a network can learn from them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.rows.foreign import possible_gains, possible_labels
from rnnoise_py.rows.reader import RowReader
from rnnoise_py.rows.store import F32, row_bytes
from rnnoise_py.spec.constants import GAIN_MASKED
from rnnoise_py.spec.layout import COLUMN_NAMES, GAIN, VAD


@dataclass
class RowValues:
    """What the values of a file's rows are like; :meth:`add` takes them block by block."""

    path: Path
    rows: int = 0
    not_finite: int = 0  #: rows with NaN or infinity
    impossible: int = 0  #: rows with a gain or a label that no training row has
    speech: int = 0  #: rows labelled as speech
    trained: bool = False  #: whether any gain is not −1
    first_not_finite: str = ""  #: row, column and value
    first_impossible: str = ""
    _first: F32 | None = field(default=None, repr=False)
    _all_equal: bool = True

    def add(self, rows: F32) -> None:
        """Look at the next rows, float32 (n, 87)."""
        finite = np.isfinite(rows)
        bad = np.flatnonzero(~finite.all(axis=1))
        if len(bad):
            self.not_finite += len(bad)
            self.first_not_finite = self.first_not_finite or self._first_wrong(rows, bad[0], finite)
        known = _possible(rows) | ~finite
        bad = np.flatnonzero(~known.all(axis=1))
        if len(bad):
            self.impossible += len(bad)
            self.first_impossible = self.first_impossible or self._first_wrong(rows, bad[0], known)
        gains, vad = rows[:, GAIN.columns], rows[:, VAD.start]
        self.speech += int(np.count_nonzero(vad == 1))
        self.trained = self.trained or bool((gains != GAIN_MASKED).any())
        if self._all_equal and len(rows):
            self._first = rows[0].copy() if self._first is None else self._first
            self._all_equal = bool((rows == self._first).all())
        self.rows += len(rows)

    def _first_wrong(self, rows: F32, row: np.intp, right: npt.NDArray[np.bool_]) -> str:
        column = int(np.argmin(right[row]))
        return f"row {self.rows + int(row)}, column {column} ({COLUMN_NAMES[column]}) is {rows[row, column]!s}"

    def refuse_impossible(self) -> None:
        """Raise :class:`InputError` when a row so far cannot be a training row."""
        if self.impossible:
            raise InputError(
                f"{printable(self.path)} holds no training rows: {self.first_impossible}, but gains are 0 … 1 or −1 "
                f"and vad is 0, ½ or 1: make rows with `rnnoise-py features`"
            )

    def refuse_not_finite(self) -> None:
        """Raise :class:`InputError` when a row so far holds NaN or infinity."""
        if self.not_finite:
            raise InputError(f"{printable(self.path)}: {self.first_not_finite}: make the file again from sound audio")

    @property
    def all_equal(self) -> bool:
        """Whether there are several rows and all are the same."""
        return self._all_equal and self.rows > 1

    @property
    def doubts(self) -> list[str]:
        """Why nothing can be learnt from these rows, a line for each reason; to be asked after the last row."""
        name = printable(self.path)
        if not self.rows:
            return []
        if self.all_equal:
            return [f"{name}: all {self.rows:,} rows are the same: a network learns nothing from them"]
        lines = []
        if not self.trained:
            lines.append(f"{name}: every gain is −1 (do not train): is the clean speech silent?")
        if not self.speech:
            lines.append(f"{name}: no row is labelled as speech: is the clean speech too quiet?")
        return lines


def _possible(rows: F32) -> npt.NDArray[np.bool_]:
    """Which values, (n, 87), a training row may have; all but gains and labels are free."""
    known = np.ones(rows.shape, np.bool_)
    known[:, GAIN.columns] = possible_gains(rows[:, GAIN.columns])
    known[:, VAD.start] = possible_labels(rows[:, VAD.start])
    return known


def check_rows(reader: RowReader, on_rows: Callable[[int], None] = lambda rows: None) -> tuple[str, list[str]]:
    """Read a whole file once, as a training does before its first step.

    Parameters
    ----------
    reader
        The file.
    on_rows
        Called with the number of rows of each block.

    Returns
    -------
    row_sha256 : str
        Digest of the rows, little-endian float32 in C order.
    doubts : list of str
        Why nothing can be learnt from them, a line for each reason: warnings.

    Raises
    ------
    InputError
        At the first value that is not finite or that no training row has (row, column, value), and when the rows are
        not those that the file says it holds.
    """
    values, digest = RowValues(reader.path), hashlib.sha256()
    for block in reader.blocks():
        values.add(block)
        values.refuse_not_finite()
        values.refuse_impossible()
        digest.update(row_bytes(block))
        on_rows(len(block))
    reader.check_digest(digest.hexdigest())
    return digest.hexdigest(), values.doubts
