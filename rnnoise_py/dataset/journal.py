"""The log that makes a synthesis run resumable: one JSON line for each clip whose files are in place."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.runs.atomic import atomic_path


class Journal:
    """Appends rows to ``path``; the first line says which run they belong to. A context manager.

    Parameters
    ----------
    path
        The file; created when missing.
    run
        What identifies the run; a journal of another run is refused.

    Raises
    ------
    InputError
        When the file belongs to another run or is no journal.
    """

    def __init__(self, path: Path, run: dict[str, Any]) -> None:
        self.path = path
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

    def _load(self, run: dict[str, Any]) -> None:
        offset = 0
        with self.path.open("rb") as stream:
            for index, line in enumerate(stream):
                try:
                    row = json.loads(line) if line.endswith(b"\n") else None
                except ValueError:
                    row = None
                if row is None:
                    break  # the last line, torn by a kill
                if index == 0:
                    _same_run(self.path, row.get("run") if isinstance(row, dict) else None, run)
                else:
                    _check_row(self.path, row)
                    self._places[row["id"]] = (offset, len(line))
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
                raise OSError(28, "No space left on device")
        except OSError as error:
            os.ftruncate(self._stream.fileno(), offset)
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from error
        self._places[row["id"]] = (offset, len(line))

    def forget(self, number: int) -> None:
        """Take a clip as not made."""
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


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a journal as they stand, without its first line.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            stream.readline()
            for line in stream:
                if line.endswith(b"\n"):
                    row = json.loads(line)
                    _check_row(path, row)
                    yield row
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the log {path}: {error}") from error


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _check_row(path: Path, row: Any) -> None:
    fits = isinstance(row, dict) and isinstance(row.get("id"), int) and isinstance(row.get("files"), dict)
    if not fits:
        raise InputError(f"{path} is no log of a synthesis run: choose another log_dir or move it away")


def _same_run(path: Path, found: Any, wanted: dict[str, Any]) -> None:
    if not isinstance(found, dict):
        raise InputError(f"{path} is no log of a synthesis run: choose another log_dir or add --force")
    different = [key for key in wanted if found.get(key) != json.loads(json.dumps(wanted[key]))]
    if different == ["sources"]:
        raise InputError(
            f"the source files have changed since {path} was begun: bring them back, or start anew with --force"
        )
    if different:
        raise InputError(
            f"{path} belongs to a run with another {' and '.join(different)}: use the same to --resume, "
            f"or start anew with --force"
        )
