"""What was found out about the files of a folder, kept: a folder of 100,000 files is opened in two seconds then.

A file is known by its place, size and time of change; one that was written to is looked at again, and one that was
changed a moment ago is not remembered. What is kept lies in the user's cache; a run on several machines keeps it beside
its output too, where all of them find it.
"""

import contextlib
import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import OutputError
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.user_cache import user_cache

WORTH_SECONDS: Final = 0.5  #: of looking at files; what takes less is not kept
SETTLED_SECONDS: Final = 2.0  # age of a change after which another one has another time stamp
MOST_FOLDERS: Final = 100  # that are remembered, the last used of them
_VERSION: Final = 1  # of what is looked at: an older version's is looked at again


@dataclass(frozen=True)
class Facts:
    """What is known of a file without opening it."""

    kind: str  #: how it is read, see :class:`rnnoise_py.audio.stream.PcmStream`
    samples: int  #: 48 kHz mono
    size: int = 0  #: bytes
    changed: int = 0  #: when, in ns
    conversion: str = ""  #: what is done to get 48 kHz mono
    truncated: bool = False  #: whether it is cut short or damaged
    clipped: int = 0  #: samples saturated in conversion
    sha256: str = ""  #: empty until somebody makes it

    def is_of(self, status: os.stat_result) -> bool:
        """Whether nobody has touched the file since."""
        return (self.size, self.changed) == (status.st_size, status.st_mtime_ns)


_TYPES: Final = {field.name: field.type for field in fields(Facts)}


class KnownFiles:
    """The files of a folder.

    Parameters
    ----------
    folder
        The folder.
    beside
        A file that keeps what is known for all machines of a run; the user's cache where it is missing.
    """

    def __init__(self, folder: Path, beside: Path | None = None) -> None:
        self._root = f"{folder}{os.sep}"
        self._cached = _place(folder)
        self._facts: dict[str, Facts] = {}
        for place in (beside, self._cached):
            if place is not None and not self._facts:
                self._facts = _read(place)
        self.grown = False  #: whether there is more than was read

    def recall(self, path: Path, status: os.stat_result) -> Facts | None:
        """Return what is known of a file as it is now."""
        facts = self._facts.get(self._name(path))
        return facts if facts is not None and facts.is_of(status) else None

    def learn(self, path: Path, facts: Facts) -> None:
        """Note what was found out, unless the file was changed a moment ago."""
        if time.time() - facts.changed / 1e9 >= SETTLED_SECONDS:
            self._facts[self._name(path)] = facts
            self.grown = True

    def save(self) -> None:
        """Keep it for the next time; where that cannot be, the files are looked at again."""
        if self._cached is None or not self.grown:
            return
        with contextlib.suppress(OSError, OutputError):
            self._cached.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.save_as(self._cached)
            self.grown = False
            others = sorted(self._cached.parent.glob("*.json"), key=lambda other: other.stat().st_mtime)
            for other in others[:-MOST_FOLDERS]:
                other.unlink(missing_ok=True)

    def save_as(self, place: Path) -> None:
        """Write it to a file, for ``beside``.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        files = {name: list(asdict(facts).values()) for name, facts in self._facts.items()}
        write_text(place, json.dumps({"version": _VERSION, "fields": list(_TYPES), "files": files}))

    def _name(self, path: Path) -> str:
        return str(path).removeprefix(self._root)


def _place(folder: Path) -> Path | None:
    cache = user_cache()
    if cache is None:
        return None
    return cache / "audio" / f"{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]}.json"


def _read(place: Path) -> dict[str, Facts]:
    """Return what a file keeps; nothing, when it is damaged or of another version."""
    try:
        content: Any = json.loads(place.read_bytes())
        if content["version"] != _VERSION or content["fields"] != list(_TYPES):
            return {}
        found = {name: Facts(*values) for name, values in content["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return found if all(_is_sound(facts) for facts in found.values()) else {}


def _is_sound(facts: Facts) -> bool:
    return all(type(getattr(facts, name)) is kind for name, kind in _TYPES.items()) and facts.samples > 0
