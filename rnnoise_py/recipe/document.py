"""A recipe, read and checked whole before anything runs; the combinations of its sweep."""

import contextlib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import DependencyError, InputError, RNNoiseError
from rnnoise_py.recipe.keys import canonical, nearest, read_key, read_section
from rnnoise_py.recipe.sections import (
    COMPARE,
    DATA,
    DENOISE,
    EVALUATION,
    EXPORT,
    FEATURES,
    FINETUNE,
    RESULT,
    SWEEP,
    TRAIN,
    DataSettings,
    ResultSettings,
    Section,
    keys_of,
)
from rnnoise_py.runs.settings import Known
from rnnoise_py.runs.toml import parse_toml

#: sections that no step stands behind
OWN_KEYS: Final[dict[str, dict[str, Known]]] = {DATA: keys_of(DataSettings), RESULT: keys_of(ResultSettings)}
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
MOST_COMBINATIONS: Final = 1000
LONGEST_NAME: Final = 60  # characters of a model's name
_NAME: Final = re.compile(rf"(?!\.+$)[\w.+-]{{1,{LONGEST_NAME}}}")
_TAKEN: Final = ("input", "clean")  # in a comparison they mean the recordings

Settings = dict[str, dict[str, Any]]  #: values by section, then by key


@dataclass(frozen=True)
class Combination:
    """One model to be made."""

    name: str
    swept: dict[str, Any]  #: value by dotted key, of the sweep
    settings: Settings
    decided: Mapping[str, dict[str, Any]]  #: what decides the results, by section


@dataclass(frozen=True)
class Recipe:
    """A recipe that could be run."""

    path: Path
    content: bytes = field(repr=False)  #: of the file, as it was read
    best: str
    expect: dict[str, str]  #: digest by name of the model
    combinations: tuple[Combination, ...]
    sections: Mapping[str, Section] = field(repr=False)


def read_recipe(path: Path, sections: Mapping[str, Section], data: Mapping[str, Any] | None = None) -> Recipe:
    """Read and check a recipe.

    Parameters
    ----------
    path
        A TOML file; relative paths in it go from its folder.
    sections
        What may stand in it, besides ``[data]``, ``[result]`` and ``[sweep]``.
    data
        Values of ``[data]`` that replace the recipe's.

    Raises
    ------
    InputError
        For the first thing in it that cannot be run: file, section, key and what is needed.
    """
    raw, content = parse_toml(path)
    known = {name: section.keys for name, section in sections.items()} | OWN_KEYS
    expect = _take_expect(path, content)
    tables = _tables(path, content, known)
    sweep = _read_sweep(path, content.get(SWEEP, {}), known)
    settings = {name: read_section(f"{path}: [{name}]", tables[name], known[name], path.parent) for name in tables}
    settings[DATA] = {**settings.get(DATA, {}), **(data or {})}
    for dotted in sweep:
        section = dotted.rpartition(".")[0]
        if section == FINETUNE and section not in settings:
            raise InputError(f"{path}: [{SWEEP}] {dotted}: the recipe has no section [{FINETUNE}]: add it")
        settings.setdefault(section, {})
    result = settings.get(RESULT, {})
    name = result.get("name") or path.stem
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise InputError(f"{path}: [result] name is {name!r}: give one of letters, digits, . + - _, not {_TAKEN}")
    settings.setdefault(EXPORT, {})
    combinations = _combinations(path, name, settings, sweep, sections)
    _check_expect(path, expect, [combination.name for combination in combinations])
    if isinstance(expect, str):
        expect = {combinations[0].name: expect}
    return Recipe(path, raw, result.get("best", ""), expect, combinations, sections)


def _tables(path: Path, content: dict[str, Any], known: Mapping[str, Mapping[str, Known]]) -> dict[str, Any]:
    """Take the sections apart; ``[data.material]`` and its like stand beside ``[data]``."""
    tops = [name for name in known if "." not in name]
    tables: dict[str, Any] = {}
    for given, table in content.items():
        top = canonical(given)
        if top == SWEEP:
            continue
        if top not in tops:
            raise InputError(f"{path} has no section [{given}]: the nearest is [{nearest(given, [*tops, SWEEP])}]")
        if not isinstance(table, dict):
            raise InputError(f"{path}: {given} stands alone: needed is a section [{top}]")
        inner = {key: value for key, value in table.items() if f"{top}.{canonical(key)}" in known}
        tables[top] = {key: value for key, value in table.items() if key not in inner}
        tables |= {f"{top}.{canonical(key)}": value for key, value in inner.items()}
        if top == DATA:  # a section that is misspelt
            for key, value in tables[top].items():
                if isinstance(value, dict):
                    near = nearest(f"{top}.{key}", [name for name in known if name.startswith(f"{top}.")])
                    raise InputError(f"{path} has no section [{top}.{key}]: the nearest is [{near}]")
    for needed in (DATA, TRAIN):
        if not any(name == needed or name.startswith(f"{needed}.") for name in tables):
            raise InputError(f"{path} has no section [{needed}]: add it (docs/recipes.md has an example)")
    return tables


def _take_expect(path: Path, content: dict[str, Any]) -> Any:
    """Take ``expect`` out of ``[result]``: one digest, or a table of them."""
    result = content.get(RESULT)
    expect = result.pop("expect", {}) if isinstance(result, dict) else {}
    digests = list(expect.values()) if isinstance(expect, dict) else [expect]
    for digest in digests:
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise InputError(f"{path}: [result] expect is {digest!r}: needed is a SHA-256 (64 hexadecimal digits)")
    return expect


def _check_expect(path: Path, expect: Any, names: list[str]) -> None:
    if isinstance(expect, str):
        if len(names) > 1:
            raise InputError(f'{path}: [result] expect is one digest for {len(names)} models: write "NAME" = "…" each')
        return
    for name in expect:
        if name not in names:
            raise InputError(f"{path}: [result.expect] has no model {name}: the nearest is {nearest(name, names)}")


def _read_sweep(path: Path, table: Any, known: Mapping[str, Mapping[str, Known]]) -> dict[str, list[Any]]:
    """Values by dotted key; ``features.count = [...]`` with and without quotes."""
    where = f"{path}: [{SWEEP}]"
    if not isinstance(table, dict):
        raise InputError(f"{where} is no section: write [{SWEEP}]")
    flat: dict[str, Any] = {}

    def flatten(prefix: str, level: dict[str, Any]) -> None:
        for given, value in level.items():
            name = canonical(f"{prefix}{given}")
            if isinstance(value, dict):
                flatten(f"{name}.", value)
            elif name in flat:
                raise InputError(f"{where} {name} is given twice")
            else:
                flat[name] = value

    flatten("", table)
    keys = {
        f"{section}.{name}": key
        for section, names in known.items()
        if section not in {RESULT, COMPARE}
        for name, key in names.items()
    }
    sweep: dict[str, list[Any]] = {}
    for name, values in flat.items():
        if name not in keys:
            raise InputError(f"{where} has no key {name}: the nearest key is {nearest(name, keys)}")
        if not isinstance(values, list) or not values:
            raise InputError(f"{where} {name} is no list of values: write {name} = [first, second]")
        read = [read_key(keys[name], value, path.parent, f"{where} {name}") for value in values]
        if any(value in read[:place] for place, value in enumerate(read)):
            raise InputError(f"{where} {name} names a value twice")
        sweep[name] = read
    return sweep


def _combinations(
    path: Path, name: str, settings: Settings, sweep: dict[str, list[Any]], sections: Mapping[str, Section]
) -> tuple[Combination, ...]:
    found: list[Combination] = []
    labels = _short_names(list(sweep))
    total = 1
    for values in sweep.values():
        total *= len(values)
    if total > MOST_COMBINATIONS:
        raise InputError(f"{path}: [{SWEEP}] makes {total:,} models: at most {MOST_COMBINATIONS:,} are made")
    for chosen_values in itertools.product(*sweep.values()):
        swept = dict(zip(sweep, chosen_values, strict=True))
        chosen = {section: dict(keys) for section, keys in settings.items()}
        for dotted, value in swept.items():
            section, _, key = dotted.rpartition(".")
            chosen[section][key] = value
        title = "_".join(f"{labels[dotted]}-{_word(value)}" for dotted, value in swept.items())
        _check(path, chosen, sections)
        found.append(Combination(title or name, swept, chosen, Decided(path, chosen, sections)))
    names = [combination.name for combination in found]
    if len(set(names)) < len(names) or max(map(len, names)) > LONGEST_NAME:
        found = [replace(one, name=f"{number}_{one.name}"[:LONGEST_NAME]) for number, one in enumerate(found, 1)]
    return tuple(found)


class Decided(dict[str, dict[str, Any]]):
    """What decides the results, by section; worked out when it is asked for, since versions of programs may count."""

    def __init__(self, path: Path, settings: Settings, sections: Mapping[str, Section]) -> None:
        super().__init__()
        self._path, self._settings, self._sections = path, settings, sections

    def __missing__(self, name: str) -> dict[str, Any]:
        values, judged = _with_evaluation(name, self._settings)
        with said_of(f"{self._path}: [{name}]", DependencyError):
            found = self._sections[name].decide(values)
        if judged:
            found.pop("inputs", None)
        self[name] = found
        return found


def _with_evaluation(name: str, settings: Settings) -> tuple[dict[str, Any], bool]:
    """Return the values of a section; whether it judges on what ``[evaluation]`` makes, which stands in then."""
    values = settings.get(name, {})
    judged = name in {COMPARE, DENOISE} and EVALUATION in settings and not {"inputs", "noise"} & set(values)
    return ({**values, "inputs": (Path(EVALUATION),)} if judged else values), judged


def _check(path: Path, settings: Settings, sections: Mapping[str, Section]) -> None:
    """Let each section's step look at its settings; say which section what it refuses is in."""
    for name, section in sections.items():
        if name in settings or name == FEATURES:
            with said_of(f"{path}: [{name}]"):
                section.example(_with_evaluation(name, settings)[0])


@contextlib.contextmanager
def said_of(where: str, *passed: type[RNNoiseError]) -> Iterator[None]:
    """Say of an error which part of the recipe it is about; errors that are ``passed`` keep their kind."""
    try:
        yield
    except RNNoiseError as error:
        kind = type(error) if isinstance(error, passed) else InputError
        raise kind(f"{where} {error}") from error


def _short_names(dotted: list[str]) -> dict[str, str]:
    """Return the last part of each dotted key, or all of it where that is not enough."""
    last = [name.rpartition(".")[2] for name in dotted]
    return {
        name: short if last.count(short) == 1 else name.replace(".", "-")
        for name, short in zip(dotted, last, strict=True)
    }


def _word(value: Any) -> str:
    """Return a value as part of a file's name."""
    if isinstance(value, tuple):
        return "+".join(_word(item) for item in value)
    text = value.name if isinstance(value, Path) else str(value)
    return re.sub(r"[^\w.+-]+", "-", text.removesuffix(".0"))[:24]
