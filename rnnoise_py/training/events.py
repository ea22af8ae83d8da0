"""TensorBoard logs: the scalars of each epoch in the format that TensorBoard reads, without TensorFlow.

A file is a row of records (length, checksum of the length, content, checksum of the content; little-endian; the
checksums are CRC-32C, "masked"), each the protocol buffer ``Event``: time, step, and a ``Summary`` of named values.
That is what TensorFlow, PyTorch and others write.
"""

import itertools
import os
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rnnoise_py.errors import OutputError
from rnnoise_py.runs.atomic import check_output_folder

FOLDER: Final = "tensorboard"  #: in the run folder
_POLYNOMIAL: Final = 0x82F63B78  # of CRC-32C, bits reversed
_MASK_DELTA: Final = 0xA282EAD8
_VERSION: Final = b"brain.Event:2"


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)  # noqa: PLW2901
        table.append(value)
    return tuple(table)


_TABLE: Final = _crc_table()


def crc32c(content: bytes) -> int:
    """Checksum CRC-32C (Castagnoli)."""
    crc = 0xFFFF_FFFF
    for byte in content:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFF_FFFF


def _masked(content: bytes) -> bytes:
    crc = crc32c(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFF_FFFF)


def record(content: bytes) -> bytes:
    """One record of an event file."""
    length = struct.pack("<Q", len(content))
    return length + _masked(length) + content + _masked(content)


def _number(value: int) -> bytes:
    """A whole number of 0 or more, seven bits a byte."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F)
    return bytes([part | 0x80 for part in parts[:-1]] + parts[-1:])


def _field(number: int, content: bytes) -> bytes:
    """A field of text or of another message."""
    return _number(number << 3 | 2) + _number(len(content)) + content


def event(seconds: float, step: int = 0, scalars: Mapping[str, float] | None = None) -> bytes:
    """Return an ``Event``: the scalars of a step, or (without) the one that begins a file."""
    head = b"\x09" + struct.pack("<d", seconds) + b"\x10" + _number(step)
    if scalars is None:
        return head + _field(3, _VERSION)
    values = [_field(1, _field(1, name.encode()) + b"\x15" + struct.pack("<f", one)) for name, one in scalars.items()]
    return head + _field(5, b"".join(values))


class EventFile:
    """Scalars of each epoch; one file a call of ``train``, which appears with the first epoch.

    Parameters
    ----------
    folder
        The run folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._path: Path | None = None

    def write(self, epoch: Mapping[str, float]) -> None:
        """Append the record of an epoch; raise :class:`OutputError` where that cannot be."""
        now = time.time()
        scalars = {name: value for name, value in epoch.items() if name != "epoch"}
        content = record(event(now, int(epoch["epoch"]), scalars))
        try:
            if self._path is None:
                check_output_folder(self._folder, force=True)
                self._path = self._new(int(now))
                content = record(event(now)) + content
            with self._path.open("ab") as stream:
                stream.write(content)
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(f"cannot write {self._folder}: {error.strerror or error}") from error

    def _new(self, seconds: int) -> Path:
        """Name a file that is not there yet."""
        names = (f"events.out.tfevents.{seconds:010d}.rnnoise-py.{number}" for number in itertools.count(os.getpid()))
        return next(path for path in (self._folder / name for name in names) if not path.exists())
