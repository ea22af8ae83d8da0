"""What recordings there are: packages, files, who speaks, licences; read from ``catalogue.toml``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError

SPEECH, NOISE = "human-speech", "recorded-noise"
GROUPS: Final = (SPEECH, NOISE)


@dataclass(frozen=True)
class Source:
    """The recordings of one package."""

    name: str  #: of its folder
    group: str  #: one of :data:`GROUPS`
    registry: str  #: ``debian`` or ``pypi``
    package: str
    version: str  #: that was looked at; another may hold other files
    files: tuple[str, ...]  #: patterns of paths inside the package
    licence: str
    by: str  #: whom to name
    without: tuple[str, ...] = ()  #: patterns that are left out again
    inside: str = ""  #: a zip in the package that holds the files
    speaker: str = ""  #: regular expression; its group is who speaks

    def takes(self, path: str) -> bool:
        """Whether a path inside the package is one of its recordings."""
        wanted = any(fnmatchcase(path, pattern) for pattern in self.files)
        return wanted and not any(fnmatchcase(path, pattern) for pattern in self.without)

    def speaker_of(self, path: str) -> str:
        """Who speaks in a file; a name for all others where the expression finds nobody."""
        found = re.search(self.speaker, path) if self.speaker else None
        return found[1] if found else "others" if self.speaker else "one"


@cache
def catalogue() -> tuple[Source, ...]:
    """Return every source, in the order of the file."""
    from rnnoise_py.runs.toml import parse_toml

    _, content = parse_toml(Path(__file__).with_name("catalogue.toml"))
    return tuple(_source(one) for one in content["source"])


def _source(table: dict[str, Any]) -> Source:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    return Source(**fields)


def chosen(names: Iterable[str]) -> tuple[Source, ...]:
    """Return the sources of some names; the name of a group means all of it.

    Raises
    ------
    InputError
        When a name is not known.
    """
    found: dict[str, Source] = {}
    for name in names:
        matching = [one for one in catalogue() if name in {one.name, one.group}]
        if not matching:
            known = ", ".join((*GROUPS, *(one.name for one in catalogue())))
            raise InputError(f"no corpus is called {name!r}; known are {known}")
        found.update((one.name, one) for one in matching)
    return tuple(found.values())
