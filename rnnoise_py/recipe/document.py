"""A recipe, read and checked whole before anything runs; the combinations of its sweep."""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError, RNNoiseError
from rnnoise_py.recipe.keys import PATH, TEXT, Key, canonical, nearest, read_section
from rnnoise_py.runs.toml import parse_toml

DATA, MATERIAL, BALANCE, SYNTHESIZE = "data", "data.material", "data.balance", "data.synthesize"
FEATURES, TRAIN, FINETUNE, EXPORT, COMPARE, RESULT = "features", "train", "finetune", "export", "compare", "result"
SWEEP: Final = "sweep"
#: sections that may stand alone, without a line in them
OWN_KEYS: Final[dict[str, dict[str, Key]]] = {
    DATA: {
        "clean": Key("clean", PATH, many=True, text="Folders of clean speech, or one file."),
        "noise": Key("noise", PATH, many=True, text="Folders of noise, or one file."),
    },
    RESULT: {
        "name": Key("name", TEXT, text="Name of the model; the recipe's own name without this line."),
        "best": Key("best", TEXT, text="Figure by which the best model of a sweep is marked; else the first known."),
        "expect": Key("expect", TEXT, text="SHA-256 of the model (of each by name, in a sweep): exit code 1 if other."),
    },
}
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
MOST_COMBINATIONS: Final = 1000
LONGEST_NAME: Final = 60  # characters of a model's name
_NAME: Final = re.compile(rf"(?!\.+$)[\w.+-]{{1,{LONGEST_NAME}}}")
_TAKEN: Final = ("input", "clean")  # in a comparison they mean the recordings

Settings = dict[str, dict[str, Any]]  #: values by section, then by key


@dataclass(frozen=True)
class Section:
    """A section and the command that it speaks to."""

    keys: Mapping[str, Key]
    #: Checks settings more closely than key by key; returns what of them decides the result, defaults filled in.
    decide: Callable[[Mapping[str, Any]], dict[str, Any]]
    workers: bool = False  #: whether the command has ``--workers``
    code: str = ""  #: digest of the code that decides the result


@dataclass(frozen=True)
class Combination:
    """One model to be made."""

    name: str
    swept: dict[str, Any]  #: value by dotted key, of the sweep
    settings: Settings
    decided: Settings  #: what decides the results, by section


@dataclass(frozen=True)
class Recipe:
    """A recipe that could be run."""

    path: Path
    content: bytes = field(repr=False)  #: of the file, as it was read
    best: str
    expect: dict[str, str]  #: digest by name of the model
    combinations: tuple[Combination, ...]
    sections: Mapping[str, Section] = field(repr=False)


def read_recipe(path: Path, sections: Mapping[str, Section]) -> Recipe:
    """Read and check a recipe.

    Parameters
    ----------
    path
        A TOML file; relative paths in it go from its folder.
    sections
        What may stand in it, besides ``[data]``, ``[result]`` and ``[sweep]``.

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
    for dotted in sweep:
        section = dotted.rpartition(".")[0]
        if section == FINETUNE and section not in settings:
            raise InputError(f"{path}: [{SWEEP}] {dotted}: the recipe has no section [{FINETUNE}]: add it")
        settings.setdefault(section, {})
    result = settings.get(RESULT, {})
    name = result.get("name", path.stem)
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise InputError(f"{path}: [result] name is {name!r}: give one of letters, digits, . + - _, not {_TAKEN}")
    settings.setdefault(EXPORT, {})
    combinations = _combinations(path, name, settings, sweep, sections)
    _check_expect(path, expect, [combination.name for combination in combinations])
    if isinstance(expect, str):
        expect = {combinations[0].name: expect}
    return Recipe(path, raw, result.get("best", ""), expect, combinations, sections)


def _tables(path: Path, content: dict[str, Any], known: Mapping[str, Mapping[str, Key]]) -> dict[str, Any]:
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


def _read_sweep(path: Path, table: Any, known: Mapping[str, Mapping[str, Key]]) -> dict[str, list[Any]]:
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
                raise InputError(f"{where} {name} stands there twice")
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
        key = keys[name]
        try:
            read = [key.read(value, path.parent) for value in values]
        except ValueError as error:
            raise InputError(f"{where} {name} {error}") from None
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
        combination = Combination(title or name, swept, chosen, _decide(path, chosen, sections))
        found.append(combination)
    names = [combination.name for combination in found]
    if len(set(names)) < len(names) or max(map(len, names)) > LONGEST_NAME:
        found = [replace(one, name=f"{number}_{one.name}"[:LONGEST_NAME]) for number, one in enumerate(found, 1)]
    return tuple(found)


def _decide(path: Path, settings: Settings, sections: Mapping[str, Section]) -> Settings:
    """Let each section's command look at its settings; say where what it refuses stands."""
    decided: Settings = {}
    for name, section in sections.items():
        if name not in settings and name != FEATURES:
            continue
        try:
            decided[name] = {**section.decide(settings.get(name, {})), "code": section.code}
        except RNNoiseError as error:
            raise InputError(f"{path}: [{name}] {error}") from error
    return decided


def _short_names(dotted: list[str]) -> dict[str, str]:
    """Return the last part of each dotted key, or all of it where that is not enough."""
    last = [name.rpartition(".")[2] for name in dotted]
    return {
        name: short if last.count(short) == 1 else name.replace(".", "-")
        for name, short in zip(dotted, last, strict=True)
    }


def _word(value: Any) -> str:
    """Return a value as part of a file's name."""
    if isinstance(value, list):
        return "+".join(_word(item) for item in value)
    text = Path(value).name if isinstance(value, str) and "/" in value else str(value)
    return re.sub(r"[^\w.+-]+", "-", text.removesuffix(".0"))[:24]
