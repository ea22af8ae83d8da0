"""One artefact: what decides it, its key, its folder, the step that makes it."""

import dataclasses
import hashlib
import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.provenance import read_manifest, write_manifest
from rnnoise_py.runs.settings import Settings, as_words, known_fields

MANIFEST_NAME: Final = "stage.json"
MANIFEST_FORMAT: Final = "rnnoise-py recipe stage 2"
KEY_DIGITS: Final = 16

DONE, BEGUN, ABSENT = "done", "begun", "absent"

#: module of a step → the command that does the same; without one the step is a function only
COMMANDS: Final = {
    "material": "dataset material",
    "recorded": "dataset recorded",
    "made_up": "dataset made-up",
    "balance": "dataset balance",
    "synthesize": "dataset synthesize",
    "check": "dataset check",
    "merge": "dataset merge",
    "features": "features",
    "verify_features": "verify features",
    "train": "train",
    "export": "export",
    "build": "build",
    "denoise": "denoise",
    "compare": "compare",
}


@dataclass(frozen=True)
class Artefact:
    """What one step of a recipe makes, in a folder of its own."""

    kind: str  #: e.g. ``features``
    step: str  #: module of :mod:`rnnoise_py.stages`
    work: Path  #: the folder of all artefacts
    decides: dict[str, Any]  #: what decides the artefact, besides what it is made from
    upstream: tuple["Artefact", ...]  #: what it is made from
    settings: Callable[[Path], Settings] = field(compare=False, repr=False)  #: of the step, given the folder
    products: tuple[str, ...] = field(compare=False)  #: names in the folder, there when it is done
    begun: str = "."  #: what is in the folder when the step can go on
    files: tuple[tuple[str, str], ...] = ()  #: (name, text) of files that the step reads, written before it
    sources: tuple[Path, ...] = field(default=(), compare=False)  #: the user's files and folders that it reads
    amount: float | None = None  #: of work, in the unit of its kind (rows, rows × epochs, seconds of audio)
    size: float | None = None  #: bytes on disk, expected
    title: str = ""  #: one line for people

    @property
    def module(self) -> ModuleType:
        """The step."""
        return import_module(f"rnnoise_py.stages.{self.step}")

    @cached_property
    def key(self) -> str:
        """Digest of everything that decides the artefact: equal keys, equal artefacts."""
        content = {
            "stage": self.kind,
            "version": self.module.VERSION,
            "decides": self.decides,
            "upstream": [one.key for one in self.upstream],
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
            whole = isinstance(found["incomplete"], bool) and isinstance(found["products"], dict)
        except (InputError, KeyError):
            return None
        return found if ours and whole else None

    @property
    def manifest(self) -> dict[str, Any] | None:
        """What the folder says of itself, or None when the artefact is not done or something of it is missing."""
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
        """Whether its step goes on where it was killed."""
        return "resume" in known_fields(self.module.Settings)

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

    def prepared(self, workers: int | None, *, resume: bool) -> Settings:
        """Return the settings of the step as it is run."""
        settings = self.settings(self.folder)
        known = known_fields(type(settings))
        changes: dict[str, Any] = {"workers": workers} if "workers" in known else {}
        if resume and "resume" in known:
            changes["resume"] = True
        return dataclasses.replace(settings, **changes)

    def command(self, workers: int | None, *, resume: bool) -> str:
        """Return the command that does the same as the step, for people."""
        words = as_words(self.prepared(workers, resume=resume))
        name = COMMANDS.get(self.step)
        head = f"rnnoise-py {name}" if name else f"rnnoise_py.stages.{self.step}"
        return printable(f"{head} {shlex.join(words)}")

    def finish(self, seconds: float, *, incomplete: bool, resumed: bool, workers: int | None) -> None:
        """Write the manifest: from now on the artefact is done.

        Raises
        ------
        InputError
            When a product is missing.
        """
        products = {name: self._size(name) for name in self.products}
        missing = [name for name, size in products.items() if size is None]
        if missing:
            raise InputError(f"{self.folder} holds no {missing[0]}, although its step ended: see above")
        write_manifest(
            self.folder / MANIFEST_NAME,
            {
                "format": MANIFEST_FORMAT,
                "stage": self.kind,
                "key": self.key,
                "decides": self.decides,
                "upstream": [one.name for one in self.upstream],
                "command": self.command(workers, resume=resumed),
                "products": products,
                "seconds": round(seconds, 3),
                "resumed": resumed,
                "incomplete": incomplete,
                "amount": self.amount,
                "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            },
        )


def _is_there(before: Any, now: Any) -> bool:
    """Whether a product is what it was; a folder may have more in it, built in an exported one, for example."""
    return bool(now == before or (isinstance(before, dict) and isinstance(now, dict) and before.items() <= now.items()))
