"""Settings of a step: a frozen dataclass whose fields say what they mean, what is allowed and how a person gives them.

The command line makes its options from the fields, a recipe its keys, and Python users get the same checks and the
same defaults. Each is typed once, where the field is declared.
"""

import math
import os
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError

_METADATA: Final = "option"
_LONGEST: Final = 80  # characters of a value in a message
_LARGEST: Final = 1e300  # of any number: what follows from it is a number too


@dataclass(frozen=True)
class Option:
    """What a field means to a person."""

    help: str
    flag: str = ""  #: word on the command line and key in a recipe; else the field's name
    short: str = ""  #: one letter, e.g. ``-n``
    metavar: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None  #: the value must be larger than this
    below: float | None = None  #: the value must be smaller than this
    positional: bool = False  #: an argument of the command
    both: bool = False  #: a switch that is off by default can be given as ``--no-…`` too
    multiple: bool = False  #: a tuple is given by repeating the option (not by several values at once)
    decides: bool = True  #: whether another value gives another result
    recipe: bool = True  #: whether a recipe may set it
    default_text: str = ""  #: how the default is said, where its value says too little


def option(default: Any = MISSING, help: str = "", **more: Any) -> Any:
    """Declare a field of a :class:`Settings` class; ``more`` are attributes of :class:`Option`.

    A field of type ``Mapping[str, str]`` is given as ``KEY=VALUE``, repeated.
    """
    metadata = {_METADATA: Option(help, **more)}
    if isinstance(default, dict):
        return field(default_factory=default.copy, metadata=metadata)
    if default is MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Known:
    """A field with its type taken apart."""

    name: str
    kind: type  #: int, float, str, bool, Path or Mapping
    optional: bool  #: None is allowed
    many: bool  #: a tuple of values
    length: int  #: of the tuple; 0 for any
    required: bool
    default: Any
    option: Option

    @property
    def word(self) -> str:
        """Name on the command line and in a recipe, with ``-``."""
        return (self.option.flag or self.name).replace("_", "-")

    @property
    def needed(self) -> str:
        """The values that are taken, in words."""
        one = self.option
        if one.choices:
            words = " or ".join(one.choices) if len(one.choices) < 3 else f"one of {', '.join(one.choices)}"
        else:
            words = _KINDS[self.kind] + _range_words(one)
        if self.length:
            return f"{self.length} values, each a {words}"
        return f"{words}, or several" if self.many else words


_KINDS: Final[dict[type, str]] = {
    int: "whole number",
    float: "number",
    str: "text",
    bool: "true or false",
    Path: "path",
    Mapping: "table",
}


def _range_words(one: Option) -> str:
    parts = []
    if one.minimum is not None and one.maximum is not None:
        return f" from {one.minimum:g} to {one.maximum:g}"
    if one.minimum is not None:
        parts.append(f"{one.minimum:g} or more")
    if one.maximum is not None:
        parts.append(f"{one.maximum:g} or less")
    if one.above is not None:
        parts.append(f"above {one.above:g}")
    if one.below is not None:
        parts.append(f"below {one.below:g}")
    return ", ".join(["", *parts]) if parts else ""


def known_fields(settings: "type[Settings]") -> dict[str, Known]:
    """Return the fields of a settings class that carry an :class:`Option`, by name, in order."""
    hints = typing.get_type_hints(settings)
    return {one.name: _known(one, hints[one.name]) for one in fields(settings) if _METADATA in one.metadata}


def _known(one: Field[Any], hint: Any) -> Known:
    optional = many = False
    length = 0
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        inner = [part for part in typing.get_args(hint) if part is not type(None)]
        optional, hint = True, inner[0]
    if typing.get_origin(hint) is tuple:
        parts = typing.get_args(hint)
        many, hint = True, parts[0]
        length = 0 if parts[-1] is Ellipsis else len(parts)
    kind = typing.get_origin(hint) or hint
    required = one.default is MISSING and one.default_factory is MISSING
    default = None if required else one.default if one.default_factory is MISSING else one.default_factory()
    return Known(one.name, kind, optional, many, length, required, default, one.metadata[_METADATA])


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of all settings: values are checked and brought to their types when an object is made.

    Raises
    ------
    InputError
        When a value cannot be used: the field, the value and what is needed.
    """

    def __post_init__(self) -> None:
        for one in known_fields(type(self)).values():
            object.__setattr__(self, one.name, read_value(one, getattr(self, one.name)))

    def decisive(self) -> dict[str, Any]:
        """Return the values that decide the result, by field, as JSON can hold them."""
        return {
            one.name: _plain(getattr(self, one.name)) for one in known_fields(type(self)).values() if one.option.decides
        }


def read_value(one: Known, value: Any, *, name: str = "") -> Any:
    """Return a value as its field holds it.

    Raises
    ------
    InputError
        When it is of another type, or out of range; ``name`` is what the message calls it, else the field's name.
    """
    called = name or one.name
    if value is None:
        if one.optional:
            return None
        raise InputError(f"{called} is missing: needed is {one.needed}")
    if not one.many:
        return _read_one(one, value, called)
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if one.length and len(values) != one.length:
        raise InputError(f"{called} {value!r}: needed are {one.needed}")
    return tuple(_read_one(one, item, called) for item in values)


def _read_one(one: Known, value: Any, called: str) -> Any:
    converted = _convert(one.kind, value)
    if converted is None or not _is_allowed(one.option, converted):
        raise InputError(f"{called} {_shown(value)}: needed is {one.needed}")
    return converted


def _shown(value: Any) -> str:
    """Return a value for a message, not too long."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # thousands of digits
        return "(a huge number)"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _convert(kind: type, value: Any) -> Any:
    """Return ``value`` as ``kind``, or None where it is something else."""
    if kind is bool or isinstance(value, bool):
        return value if kind is bool and isinstance(value, bool) else None
    if kind is int:
        return int(value) if isinstance(value, Integral) else None
    if kind is float:
        return float(value) if isinstance(value, Real) and abs(value) <= _LARGEST else None  # type: ignore[operator]
    if kind is Path:
        if not isinstance(value, (str, os.PathLike)) or "\0" in os.fspath(value) or os.fspath(value) == "":
            return None
        return Path(value)
    if kind is str:
        return str(value) if isinstance(value, str) else None
    return dict(value) if isinstance(value, Mapping) else None


def _is_allowed(one: Option, value: Any) -> bool:
    if one.choices:
        return value in one.choices
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return True
    return (
        not (isinstance(value, float) and math.isnan(value))
        and (one.minimum is None or value >= one.minimum)
        and (one.maximum is None or value <= one.maximum)
        and (one.above is None or value > one.above)
        and (one.below is None or value < one.below)
    )


def read_pairs(pairs: Iterable[str], called: str) -> dict[str, str]:
    """Read ``KEY=VALUE`` pairs; the last of a key counts."""
    read = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(f"{called} {pair}: write KEY=VALUE")
        read[key.strip()] = value
    return read


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def as_words(settings: Settings) -> list[str]:
    """Return the settings as arguments of their command; defaults are left out."""
    positional: list[str] = []
    words: list[str] = []
    for one in known_fields(type(settings)).values():
        value = getattr(settings, one.name)
        if one.option.positional:
            positional += [str(item) for item in (value if one.many else (value,)) if item is not None]
        elif value != one.default or one.required:
            words += _option_words(one, value)
    return [*positional, *words]


def _option_words(one: Known, value: Any) -> list[str]:
    flag = one.option.short or f"--{one.word}"
    if one.kind is bool:
        return [f"--{one.word}" if value else f"--no-{one.word}"]
    if one.kind is Mapping:
        return [word for key, item in value.items() for word in (flag, f"{key}={item}")]
    if one.length:
        return [flag, *map(str, value)]
    return [word for item in (value if one.many else (value,)) for word in (flag, str(item))]


def seed_option(help: str = "Seed of all random draws.", **more: Any) -> Any:
    """``--seed``: the same in every command."""
    return option(1, help, minimum=0, **more)


def workers_option() -> Any:
    """``--workers``: the same in every command."""
    return option(
        None,
        "CPU cores to use; the result is the same for any number.",
        minimum=1,
        decides=False,
        recipe=False,
        default_text="all cores",
    )


def force_option() -> Any:
    """``--force``: the same in every command."""
    return option(False, "Replace what is already there.", decides=False, recipe=False)


def resume_option() -> Any:
    """``--resume``: the same in every command."""
    return option(False, "Go on where the same command was interrupted or killed.", decides=False, recipe=False)
