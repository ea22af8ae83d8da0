"""What may stand in a section of a recipe: names, types, ranges, and the nearest name of a typo."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError

INTEGER: Final = "whole number"
NUMBER: Final = "number"
TEXT: Final = "text"
PATH: Final = "path"
SWITCH: Final = "true or false"

_LARGEST: Final = 1e300  # of any number: what follows from it is a number too

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    INTEGER: (int,),
    NUMBER: (int, float),
    TEXT: (str,),
    PATH: (str,),
    SWITCH: (bool,),
}


@dataclass(frozen=True)
class Key:
    """One key of a section, and the option of the command that it stands for."""

    name: str  #: as in a recipe; ``-`` and ``_`` are the same
    kind: str
    many: bool = False  #: a list; a single value is a list of one
    length: int = 1  #: values that the option takes at once; more than one are written as a list
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    option: str = ""  #: of the command, e.g. ``--epochs``
    off: str = ""  #: the option that switches it off
    parameter: str = ""  #: name of the option's value in Python
    default: Any = None  #: of the command
    text: str = ""  #: one line for people

    @property
    def range(self) -> str:
        """The values that are taken, in words."""
        if self.choices:
            words = " or ".join(self.choices) if len(self.choices) < 3 else f"one of {', '.join(self.choices)}"
        elif self.minimum is not None and self.maximum is not None:
            words = f"{self.kind} from {self.minimum:g} to {self.maximum:g}"
        elif self.minimum is not None:
            words = f"{self.kind} from {self.minimum:g} on"
        else:
            words = self.kind
        if self.length > 1:
            return f"list of {self.length}, each a {words}"
        return f"{words}, or a list of them" if self.many else words

    def read(self, value: Any, base: Path) -> Any:
        """Return ``value`` as it is kept: paths from ``base`` on, lists for keys that take several.

        Raises
        ------
        ValueError
            With what is needed instead, in words.
        """
        if self.length > 1:
            if not isinstance(value, list) or len(value) != self.length:
                raise ValueError(f"is {_shown(value)}: needed is a {self.range}")
            return [self._one(item, base) for item in value]
        if not self.many:
            return self._one(value, base)
        values = value if isinstance(value, list) else [value]
        if not values:
            raise ValueError(f"is an empty list: needed is a {self.range}")
        return [self._one(item, base) for item in values]

    def _one(self, value: Any, base: Path) -> Any:
        good = isinstance(value, _TYPES[self.kind]) and (self.kind == SWITCH or not isinstance(value, bool))
        if not good or (self.choices and value not in self.choices) or not self._in_range(value):
            raise ValueError(f"is {_shown(value)}: needed is {self.range}")
        if self.kind == PATH:
            if not value or "\0" in value:
                raise ValueError(f"is {_shown(value)}: needed is a path")
            path = str(base / Path(value).expanduser())
            return f"./{path}" if path.startswith("-") else path
        return float(value) if self.kind == NUMBER else value

    def _in_range(self, value: Any) -> bool:
        if self.kind not in {INTEGER, NUMBER}:
            return True
        return (
            abs(value) <= _LARGEST
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
        )

    def arguments(self, value: Any) -> list[str]:
        """Return the value as arguments of the command."""
        if self.kind == SWITCH:
            chosen = self.option if value else self.off
            return [chosen] if chosen else []
        if self.length > 1:
            return [self.option, *map(str, value)]
        values = value if self.many else [value]
        return [word for item in values for word in (self.option, str(item))]


def canonical(name: str) -> str:
    """Return the name of a key with ``_`` for ``-``."""
    return name.replace("-", "_")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like ``name``."""
    return difflib.get_close_matches(canonical(name), list(known), 1, 0.0)[0]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return repr(value)


def read_section(where: str, table: Any, keys: Mapping[str, Key], base: Path) -> dict[str, Any]:
    """Read one section.

    Parameters
    ----------
    where
        File and section, for messages.
    table
        As TOML gives it.
    keys
        What may stand in it, by name.
    base
        Folder from which relative paths go.

    Returns
    -------
    Values by name, in the order of the file.

    Raises
    ------
    InputError
        For an unknown key (with the nearest known one), a wrong type or range, or a required key that is missing.
    """
    if not isinstance(table, dict):
        raise InputError(f"{where} is {_shown(table)}: needed is a section")
    values: dict[str, Any] = {}
    for given, value in table.items():
        name = canonical(given)
        if name not in keys:
            hint = f": the nearest key is {nearest(name, keys)}" if keys else ""
            raise InputError(f"{where} has no key {given}{hint}")
        if name in values:
            raise InputError(f"{where} {given} stands there twice: - and _ are the same")
        try:
            values[name] = keys[name].read(value, base)
        except ValueError as error:
            raise InputError(f"{where} {given} {error}") from None
    for name, key in keys.items():
        if key.required and name not in values:
            raise InputError(f"{where} needs {name}: {key.text or key.range}")
    return values


def as_arguments(settings: Mapping[str, Any], keys: Mapping[str, Key]) -> list[str]:
    """Return settings as arguments of the section's command."""
    return [word for name, value in settings.items() for word in keys[name].arguments(value)]
