"""Rows of other programs that could be taken for ours, and what tells them apart: their gains and voice labels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import GAIN_MASKED
from rnnoise_py.spec.layout import GAIN, ROW_SIZE, VAD

F32 = npt.NDArray[np.float32]

VAD_LABELS: Final = (0.0, 0.5, 1.0)
LOOK_AT_ROWS: Final = 500  # at the beginning, in the middle and at the end of a file


@dataclass(frozen=True)
class RowKind:
    """Where the rows of a program have their gains and their voice label."""

    name: str
    columns: int
    gains: slice
    vad: int

    def fits(self, rows: F32) -> bool:
        """Whether all rows, (n, columns), have gains and labels that occur."""
        return bool(possible_gains(rows[:, self.gains]).all() and possible_labels(rows[:, self.vad]).all())


OURS: Final = RowKind("RNNoise v0.1", ROW_SIZE, GAIN.columns, VAD.start)
OTHERS: Final = (
    RowKind("RNNoise v0.2", 98, slice(65, 97), 97),
    RowKind("the 16 kHz fork of RNNoise", 75, slice(38, 56), 74),
)


def possible_gains(gains: F32) -> npt.NDArray[np.bool_]:
    """Whether each gain is one of a training row: 0 … 1, or −1 for "do not train on this"; False for NaN."""
    return np.asarray(((gains >= 0) & (gains <= 1)) | (gains == GAIN_MASKED))


def possible_labels(vad: F32) -> npt.NDArray[np.bool_]:
    """Whether each voice label is one of a training row: 0, ½ or 1; False for NaN."""
    return np.isin(vad, VAD_LABELS)


def named_by_width(columns: int) -> str:
    """Return what makes rows of this width, as the end of a message; empty when nothing known does."""
    return next((_said(kind) for kind in OTHERS if kind.columns == columns), "")


def named_by_content(size: int, read: Callable[[int, int], bytes]) -> str:
    """Return which other program's rows a bare file holds, as the end of a message; empty for all other files.

    Parameters
    ----------
    size
        Of the file in bytes.
    read
        Gives ``count`` bytes from ``start`` on: ``read(start, count)``.
    """
    if _fits(OURS, size, read):
        return ""
    return next((_said(kind) for kind in OTHERS if _fits(kind, size, read)), "")


def _fits(kind: RowKind, size: int, read: Callable[[int, int], bytes]) -> bool:
    """Whether a file is as long as some rows of this kind, with values that occur in them wherever it is looked at."""
    width = 4 * kind.columns
    count, rest = divmod(size, width)
    if rest or not count:
        return False
    for first in sorted({0, max(0, (count - LOOK_AT_ROWS) // 2), max(0, count - LOOK_AT_ROWS)}):
        content = read(first * width, min(LOOK_AT_ROWS, count) * width)
        rows = np.frombuffer(content[: len(content) // width * width], "<f4").reshape(-1, kind.columns)
        if not kind.fits(rows):
            return False
    return True


def _said(kind: RowKind) -> str:
    return f"rows of {kind.columns} columns are those of {kind.name}, and this program trains RNNoise v0.1 ({ROW_SIZE})"
