"""Rows from one format to the other, in constant memory."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from rnnoise_py.rows import hdf5, store
from rnnoise_py.rows.description import Description, Sources, from_attributes, with_role
from rnnoise_py.rows.reader import RowReader
from rnnoise_py.rows.values import RowValues
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.runs.provenance import describe_source

OnRows = Callable[[int], None]


class Converted:
    """What went through: digest of the rows, and what their values are like."""

    def __init__(self, reader: RowReader) -> None:
        self._digest = hashlib.sha256()
        self.values = RowValues(reader.path)

    @property
    def row_sha256(self) -> str:
        """Digest of the rows so far."""
        return self._digest.hexdigest()

    def add(self, rows: store.F32) -> memoryview:
        """Take rows in; return them as little-endian bytes.

        Raises
        ------
        InputError
            When they cannot be training rows.
        """
        self.values.add(rows)
        self.values.refuse_impossible()
        content = store.row_bytes(rows)
        self._digest.update(content)
        return content


def describe(reader: RowReader) -> Description:
    """Say what is known of a file's rows; of a bare file that is the file itself."""
    try:
        return from_attributes(reader.attributes)
    except (KeyError, TypeError, ValueError):
        return Description(reader.count, None, Sources(tuple(with_role("rows", [describe_source(reader.path)]))))


def write_file(reader: RowReader, out: Path, on_rows: OnRows) -> Converted:
    """Write the rows of a file in the format that the name ``out`` has, atomically and durably.

    Raises
    ------
    InputError
        When the source is damaged, or holds no training rows.
    OutputError
        When the output cannot be written.
    """
    with atomic_path(out, durable=True) as part:
        if hdf5.is_hdf5_name(out):
            return _write_hdf5(reader, part, on_rows)
        with part.open("wb") as file:
            return write_bare(reader, file, on_rows)


def write_bare(reader: RowReader, file: BinaryIO, on_rows: OnRows) -> Converted:
    """Write the rows of a file to an open one as headerless little-endian float32; errors as :func:`write_file`."""
    converted = Converted(reader)
    for block in reader.blocks():
        file.write(converted.add(block))
        on_rows(len(block))
    reader.check_digest(converted.row_sha256)
    return converted


def _write_hdf5(reader: RowReader, part: Path, on_rows: OnRows) -> Converted:
    """Write HDF5 with chunks that suit training."""
    converted = Converted(reader)
    description = replace(describe(reader), count=reader.count)
    store.create_bare(part, reader.count)  # fails now where files may not become as long
    hdf5.create_hdf5(part, description)
    done = 0
    with hdf5.open_hdf5(part, reader.count) as rows:
        for block in reader.blocks():
            converted.add(block)
            rows.write(done, block)
            done += len(block)
            on_rows(len(block))
    reader.check_digest(converted.row_sha256)
    hdf5.complete_hdf5(part, replace(description, row_sha256=converted.row_sha256))
    return converted
