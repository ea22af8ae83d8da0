"""One artefact: what decides it, its key, its folder, the command that makes it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.provenance import read_manifest, write_manifest
from rnnoise_py.version import __version__

MANIFEST_NAME: Final = "stage.json"
MANIFEST_FORMAT: Final = "rnnoise-py recipe stage 1"
KEY_DIGITS: Final = 16

DONE, BEGUN, ABSENT = "done", "begun", "absent"


@dataclass(frozen=True)
class Stage:
    """An artefact of a recipe in a folder of its own."""

    kind: str  #: what makes it, e.g. ``features``
    work: Path  #: the folder of all artefacts
    decides: dict[str, Any]  #: what decides the artefact, besides what it is made from
    upstream: tuple["Stage", ...]  #: what it is made from
    #: of the command, given the stage's folder
    arguments: Callable[[Path], list[str]] = field(compare=False, repr=False)
    products: tuple[str, ...] = field(compare=False)  #: names in the folder, there when it is done
    fresh: tuple[str, ...] = ("--force",)  #: options that begin
    resume: tuple[str, ...] = ("--force",)  #: options that go on
    begun: str = "."  #: what is in the folder when the command can go on
    workers: bool = True  #: whether the command has ``--workers``
    files: tuple[tuple[str, str], ...] = ()  #: (name, text) of files that the command reads, written before it
    sources: tuple[Path, ...] = field(default=(), compare=False)  #: the user's files and folders that it reads
    program: str = "rnnoise-py"  #: whose words the command is, for people
    amount: float | None = None  #: of work, in the unit of its kind (rows, rows × epochs, seconds of audio)
    size: float | None = None  #: bytes on disk, expected

    @cached_property
    def key(self) -> str:
        """Digest of everything that decides the artefact: equal keys, equal artefacts."""
        content = {
            "stage": self.kind,
            "version": __version__,
            "decides": self.decides,
            "upstream": [stage.key for stage in self.upstream],
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]

    @property
    def name(self) -> str:
        """Name of the folder."""
        return f"{self.kind}-{self.key}"

    @property
    def folder(self) -> Path:
        """Where the artefact is."""
        return self.work / self.name

    @property
    def record(self) -> dict[str, Any] | None:
        """What the folder says of itself; its products are not looked at."""
        try:
            found = read_manifest(self.folder / MANIFEST_NAME)
            ours = found["format"] == MANIFEST_FORMAT and found["key"] == self.key
            whole = isinstance(found["exit_code"], int) and isinstance(found["products"], dict)
        except (InputError, KeyError):
            return None
        return found if ours and whole else None

    @property
    def manifest(self) -> dict[str, Any] | None:
        """What the folder says of itself, or None when the stage is not done or something of it is missing."""
        found = self.record
        if found is None:
            return None
        return found if all(_is_there(size, self._size(name)) for name, size in found["products"].items()) else None

    @property
    def state(self) -> str:
        """Done, begun or absent."""
        if self.manifest is not None:
            return DONE
        if (self.folder / MANIFEST_NAME).exists():
            return ABSENT  # it was done and is damaged: it is made from nothing
        return BEGUN if (self.folder / self.begun).exists() else ABSENT

    @property
    def resumable(self) -> bool:
        """Whether its command goes on where it was killed."""
        return "--resume" in self.resume

    def _size(self, name: str) -> int | dict[str, int] | None:
        """Bytes of a file; of each file, of a folder; None where there is none."""
        path = self.folder / name
        if path.is_dir():
            return {
                printable(file.relative_to(path).as_posix()): file.stat().st_size
                for file in sorted(path.rglob("*"))
                if file.is_file()
            }
        return path.stat().st_size if path.is_file() else None

    def command(self, state: str, workers: int) -> list[str]:
        """Return the command's words for a stage in this state."""
        words = [*self.arguments(self.folder), *(self.resume if state == BEGUN else self.fresh)]
        return [*words, "--workers", str(workers)] if self.workers else words

    def finish(self, command: str, seconds: float, code: int, *, resumed: bool) -> None:
        """Write the manifest: from now on the stage is done.

        Raises
        ------
        InputError
            When a product is missing.
        """
        products = {name: self._size(name) for name in self.products}
        missing = [name for name, size in products.items() if size is None]
        if missing:
            raise InputError(f"{self.folder} holds no {missing[0]}, although its stage ended: see above")
        write_manifest(
            self.folder / MANIFEST_NAME,
            {
                "format": MANIFEST_FORMAT,
                "stage": self.kind,
                "key": self.key,
                "decides": self.decides,
                "upstream": [stage.name for stage in self.upstream],
                "command": printable(command),
                "products": products,
                "seconds": round(seconds, 3),
                "resumed": resumed,
                "exit_code": code,
                "amount": self.amount,
                "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            },
        )


def _is_there(before: Any, now: Any) -> bool:
    """Whether a product is what it was; a folder may have more in it, built in an exported one, for example."""
    return bool(now == before or (isinstance(before, dict) and isinstance(now, dict) and before.items() <= now.items()))
