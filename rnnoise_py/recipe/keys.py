"""What may stand in a section of a recipe: names, values, and the nearest name of a typo."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rnnoise_py.errors import InputError
from rnnoise_py.runs.settings import Known, read_pairs, read_value


def canonical(name: str) -> str:
    """Return the name of a key with ``_`` for ``-``."""
    return name.replace("-", "_")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like ``name``."""
    return difflib.get_close_matches(canonical(name), list(known), 1, 0.0)[0]


def shown(value: Any) -> str:
    """Return a value of TOML as it is named in a message."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return repr(value)


def read_key(one: Known, value: Any, base: Path, called: str) -> Any:
    """Return a value as its field holds it; relative paths go from ``base``.

    Raises
    ------
    InputError
        When it is of another type or out of range; ``called`` names file, section and key.
    """
    if isinstance(value, list) and not value:
        raise InputError(f"{called} is an empty list: needed is {one.needed}")
    if one.kind is Mapping:
        pairs = {canonical(key): item for key, item in value.items()} if isinstance(value, dict) else value
        return read_value(
            one, pairs if isinstance(pairs, dict) else read_pairs(_texts(pairs, called), called), name=called
        )
    if isinstance(value, dict) or (isinstance(value, list) and not one.many):
        raise InputError(f"{called} is {shown(value)}: needed is {one.needed}")
    if one.kind is Path:
        values = [_path(item, base) for item in (value if isinstance(value, list) else [value])]
        value = values if one.many else values[0]
    if one.kind is str and any(isinstance(item, dict) for item in (value if isinstance(value, list) else ())):
        raise InputError(f"{called} is a list of tables: needed is {one.needed}")
    return read_value(one, value, name=called)


def _texts(value: Any, called: str) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in values):
        raise InputError(f'{called} is {shown(value)}: needed is a list of "KEY=VALUE"')
    return values


def _path(value: Any, base: Path) -> Any:
    """Return a path as seen from here; what is no text is left for the check of types."""
    return base / Path(value).expanduser() if isinstance(value, str) and value and "\0" not in value else value


def read_section(where: str, table: Any, keys: Mapping[str, Known], base: Path) -> dict[str, Any]:
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
        raise InputError(f"{where} is {shown(table)}: needed is a section")
    values: dict[str, Any] = {}
    for given, value in table.items():
        name = canonical(given)
        if name not in keys:
            hint = f": the nearest key is {nearest(name, keys)}" if keys else ""
            raise InputError(f"{where} has no key {given}{hint}")
        if name in values:
            raise InputError(f"{where} {given} is given twice: - and _ are the same")
        values[name] = read_key(keys[name], value, base, f"{where} {given}")
    for name, key in keys.items():
        if key.required and name not in values:
            raise InputError(f"{where} needs {name}: {key.option.help or key.needed}")
    return values
