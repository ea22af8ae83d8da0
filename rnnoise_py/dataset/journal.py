"""The log that makes a run resumable: one JSON line for each unit of work whose files are in place."""

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.runs.provenance import parse_json
from rnnoise_py.runs.same_run import check_same


class Journal:
    """Appends rows to ``path``; the first line says which run they belong to. A context manager.

    Parameters
    ----------
    path
        The file; created when missing. A last line that a kill has torn is cut off.
    run
        What identifies the run, in the words of a message; a journal of another run is refused.
    is_row
        Whether a line is a row of this kind of run; every row has a whole number ``id``.

    Raises
    ------
    InputError
        When the file belongs to another run or is no journal.
    """

    def __init__(self, path: Path, run: Mapping[str, Any], is_row: Callable[[Any], bool]) -> None:
        self.path = path
        self._is_row = is_row
        self._places: dict[int, tuple[int, int]] = {}  # id → (offset, length): memory does not hold the rows
        head = _line({"run": run})
        if path.exists():
            self._load(run)
        else:
            path.write_bytes(head)
        self._stream: BinaryIO = path.open("ab", buffering=0)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def __contains__(self, number: int) -> bool:
        return number in self._places

    def __len__(self) -> int:
        return len(self._places)

    def _load(self, run: Mapping[str, Any]) -> None:
        offset = 0
        with self.path.open("rb") as stream:
            for index, line in enumerate(stream):
                if not line.endswith(b"\n"):
                    break  # torn by a kill
                row = _parse(self.path, line)
                if index == 0:
                    _check_run(self.path, row, run)
                elif self._is_row(row):
                    self._places[row["id"]] = (offset, len(line))
                else:
                    raise _no_log(self.path)
                offset += len(line)
        if offset == 0:
            self.path.write_bytes(_line({"run": run}))
        else:
            os.truncate(self.path, offset)

    def add(self, row: dict[str, Any]) -> None:
        """Append one row, keyed by its ``id``.

        Raises
        ------
        OutputError
            When the disk is full; what was written of the row is taken back.
        """
        line = _line(row)
        offset = os.fstat(self._stream.fileno()).st_size
        try:
            if self._stream.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            os.ftruncate(self._stream.fileno(), offset)
            raise OutputError(f"cannot write {printable(self.path)}: {error.strerror}") from error
        self._places[row["id"]] = (offset, len(line))

    def forget(self, number: int) -> None:
        """Take a unit of work as not done."""
        del self._places[number]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows sorted by id, one at a time."""
        with self.path.open("rb") as stream:
            for number in sorted(self._places):
                offset, length = self._places[number]
                stream.seek(offset)
                yield json.loads(stream.read(length))

    def sort(self) -> None:
        """Rewrite the file in the order of the ids, atomically."""
        with self.path.open("rb") as stream:
            head = stream.readline()
        places, offset = {}, len(head)
        with atomic_path(self.path) as temporary, temporary.open("wb") as out:
            out.write(head)
            for row in self.rows():
                length = out.write(_line(row))
                places[row["id"]] = (offset, length)
                offset += length
        self._places = places
        self._stream.close()
        self._stream = self.path.open("ab", buffering=0)


def read_rows(path: Path, is_row: Callable[[Any], bool]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a journal as they stand, without its first line and a torn last one.

    Raises
    ------
    InputError
        When it cannot be read, or holds something else.
    """
    try:
        with path.open("rb") as stream:
            stream.readline()
            for line in stream:
                if line.endswith(b"\n"):
                    row = _parse(path, line)
                    if not is_row(row):
                        raise _no_log(path)
                    yield row
    except OSError as error:
        raise InputError(f"cannot read the log {printable(path)}: {error.strerror}") from error


def list_digest(paths: Iterable[Path]) -> str:
    """SHA-256 over paths, sizes and dates: whether a resumed run still sees the same files."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            status = path.stat()
            size, date = status.st_size, status.st_mtime_ns
        except OSError:
            size = date = -1
        digest.update(f"{printable(path)}\0{size}\0{date}\0".encode())
    return digest.hexdigest()


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _parse(path: Path, line: bytes) -> Any:
    try:
        return parse_json(line)
    except ValueError as error:
        raise _no_log(path) from error


def _no_log(path: Path) -> InputError:
    return InputError(f"{printable(path)} is no log of such a run: choose another folder or move it away")


def _check_run(path: Path, head: Any, run: Mapping[str, Any]) -> None:
    found = head.get("run") if isinstance(head, dict) else None
    if not isinstance(found, dict):
        raise _no_log(path)
    check_same(printable(path), json.loads(json.dumps(run)), found)
