"""Files of rows that were read and found good once: a large one is not read again before every training.

A file is known by its place and by what changes when anybody writes to it. What is remembered lies in the user's cache;
without one, every file is read before every training, as small files always are.
"""

import contextlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import OutputError
from rnnoise_py.rows.reader import RowReader
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.user_cache import user_cache

LARGE: Final = 200_000  #: rows; fewer are read in no time
MOST_FILES: Final = 10_000  #: that are remembered, the newest of them
_NAME: Final = "checked_rows.json"
_VERSION: Final = 1  # of what is looked at: files that an older version found good are read again
_SETTLED_SECONDS: Final = 2.0  # age of a change after which another one has another time stamp


@dataclass(frozen=True)
class Checked:
    """What came of reading a file whole."""

    row_sha256: str
    doubts: tuple[str, ...] = ()  #: why nothing can be learnt from it


class CheckedFiles:
    """What is remembered, read once; :meth:`save` keeps what was added."""

    def __init__(self) -> None:
        cache = user_cache()
        self._place = None if cache is None else cache / _NAME
        self._entries = {} if self._place is None else _read(self._place)

    def recall(self, reader: RowReader) -> Checked | None:
        """Return what came of reading a file, when it was read before and nobody has touched it since."""
        entry = self._entries.get(_key(reader))
        if not isinstance(entry, dict) or entry.get("identity") != list(reader.identity):
            return None
        digest, doubts = entry.get("row_sha256"), entry.get("doubts")
        if not isinstance(digest, str) or not isinstance(doubts, list):
            return None
        return Checked(digest, tuple(map(str, doubts)))

    def remember(self, reader: RowReader, checked: Checked) -> None:
        """Note what came of reading a file; small ones, and those that were changed a moment ago, are read again."""
        age = time.time() - reader.path.stat().st_mtime
        if reader.count < LARGE or age < _SETTLED_SECONDS:
            return
        self._entries.pop(_key(reader), None)  # the newest stand last
        self._entries[_key(reader)] = {
            "identity": list(reader.identity),
            "row_sha256": checked.row_sha256,
            "doubts": list(checked.doubts),
        }

    def save(self) -> None:
        """Keep what is remembered; where that cannot be, files are read again next time."""
        if self._place is None or not self._entries:
            return
        newest = dict(list(self._entries.items())[-MOST_FILES:])
        with contextlib.suppress(OSError, OutputError):
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_text(self._place, json.dumps({"version": _VERSION, "files": newest}))


def _key(reader: RowReader) -> str:
    return os.fsencode(reader.path.resolve()).hex()


def _read(place: Path) -> dict[str, Any]:
    try:
        content = json.loads(place.read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        return {}
    files = content.get("files")
    return files if isinstance(files, dict) else {}
