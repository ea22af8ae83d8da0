"""Disk and memory that rows take: said before they are used, refused when they are not there."""

import os
from pathlib import Path
from typing import Final

from rnnoise_py.lanes.cache import cache_folder
from rnnoise_py.rows.store import ROW_BYTES
from rnnoise_py.runs.space import check_space

BASE_MEMORY: Final = 180e6  # bytes: interpreter, numba, HDF5
COMPILER_MEMORY: Final = 110e6  # bytes more while kernels are compiled
STREAM_MEMORY: Final = 15e6  # bytes of one extractor's workspaces
HEADER_BYTES: Final = 1 << 16  # structure of an HDF5 file, beyond a share of the rows
HEADER_SHARE: Final = 0.01


def disk_bytes(count: int) -> int:
    """Bytes on disk of a file of ``count`` rows."""
    return int(count * ROW_BYTES * (1 + HEADER_SHARE)) + HEADER_BYTES


def memory_bytes(streams: int, block_rows: int) -> int:
    """Memory at its peak, in bytes: it does not depend on the number of rows."""
    base = BASE_MEMORY + (COMPILER_MEMORY if first_run() else 0)
    return int(base + streams * (STREAM_MEMORY + 2 * block_rows * ROW_BYTES))


def check_row_space(folder: Path, needed: int) -> None:
    """Raise :class:`OutputError` unless ``needed`` bytes of rows fit."""
    check_space(folder, needed, "the rows", "give fewer rows (-n) or another folder")


def allocated_bytes(path: Path) -> int:
    """Bytes that a (sparse) file takes on its disk; 0 when it is not there."""
    try:
        return os.stat(path).st_blocks * 512
    except (FileNotFoundError, AttributeError):
        return 0


def first_run() -> bool:
    """Whether kernels must still be compiled."""
    return not any(cache_folder().rglob("*.nbc"))
