"""Rows from one format to the other, in constant memory."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rnnoise_py.errors import InputError
from rnnoise_py.rows import hdf5, store
from rnnoise_py.rows.description import Description, as_starts, with_role
from rnnoise_py.rows.reader import RowReader
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.runs.provenance import describe_source

OnRows = Callable[[int], None]


class Converted:
    """What went through: digest of the rows, and how many hold values that are not finite."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.not_finite = 0  #: rows with NaN or infinity

    @property
    def row_sha256(self) -> str:
        """Digest of the rows so far."""
        return self._digest.hexdigest()

    def add(self, rows: store.F32) -> memoryview:
        """Take rows in; return them as little-endian bytes."""
        content = store.row_bytes(rows)
        self._digest.update(content)
        self.not_finite += int(np.count_nonzero(~np.isfinite(rows).all(axis=1)))
        return content


def describe(reader: RowReader) -> Description:
    """Say what is known of a file's rows; of a bare file that is the file itself."""
    known = reader.attributes
    try:
        return Description(
            count=reader.count,
            seed=known.get("seed"),
            sources=tuple(json.loads(known["sources"])),
            starts=as_starts(known.get("starts", (0, 0))),
            version=known["version"],
        )
    except (KeyError, TypeError, ValueError):
        return Description(reader.count, None, tuple(with_role("rows", [describe_source(reader.path)])))


def write_hdf5(reader: RowReader, out: Path, on_rows: OnRows) -> Converted:
    """Write the rows of a file as HDF5, atomically, with chunks that suit training.

    Raises
    ------
    InputError
        When the source is damaged.
    OutputError
        When the output cannot be written.
    """
    converted = Converted()
    with atomic_path(out) as part:
        description = describe(reader)
        store.create_bare(part, reader.count)  # fails now where files may not become as long
        hdf5.create_hdf5(part, description)
        done = 0
        with hdf5.open_hdf5(part, reader.count) as rows:
            for block in reader.blocks():
                converted.add(block)
                rows.write(done, block)
                done += len(block)
                on_rows(len(block))
        _check_digest(reader, converted)
        hdf5.complete_hdf5(part, replace(description, row_sha256=converted.row_sha256))
    return converted


def write_bare(reader: RowReader, file: BinaryIO, on_rows: OnRows) -> Converted:
    """Write the rows of a file as headerless little-endian float32."""
    converted = Converted()
    for block in reader.blocks():
        file.write(converted.add(block))
        on_rows(len(block))
    _check_digest(reader, converted)
    return converted


def _check_digest(reader: RowReader, converted: Converted) -> None:
    stated = reader.attributes.get("row_sha256")
    if stated is not None and stated != converted.row_sha256:
        raise InputError(
            f"{reader.path} is damaged: its rows have the digest {converted.row_sha256[:16]}…, "
            f"it says {str(stated)[:16]}…; make it again"
        )
