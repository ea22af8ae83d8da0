"""Read a synthesis config: an ini file as the DNS-Challenge ships it, and keys that replace its own."""

import configparser
import difflib
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rnnoise_py.dataset.config import KEYS, MEANING_OF_NONE, ORIGINAL, WITHOUT_EFFECT, Config
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.settings import Known, read_value
from rnnoise_py.spec.constants import SAMPLE_RATE

SECTION: Final = "noisy_speech"
NONE: Final = "None"
_TRUE: Final = frozenset({"1", "true", "t", "yes"})
_FALSE: Final = frozenset({"0", "false", "f", "no", "n", "off"})
#: to the original everything that it does not know is false, these too
_TRUE_ELSEWHERE: Final = frozenset({"on", "y", "enable", "enabled"})
_VARIABLE: Final = re.compile(r"\$(\$|\{|[A-Za-z_][A-Za-z0-9_]*)")

_log = logging.getLogger("rnnoise_py.dataset")


def read_config(
    path: Path | None, *, section: str = SECTION, overrides: Mapping[str, Any] | None = None, compatible: bool = False
) -> tuple[Config, list[str]]:
    """Read a synthesis config.

    Parameters
    ----------
    path
        An ini file as the DNS-Challenge ships it; None: only the overrides count.
    section
        Which section of it.
    overrides
        Keys that replace those of the file: text as in the file, or values of their types.
    compatible
        Start from the original's behaviour instead of the corrected one.

    Returns
    -------
    The config and the warnings to show, one line each.

    Raises
    ------
    InputError
        When the file, the section or a value cannot be used; the message names key, value and remedy.
    """
    given: dict[str, Any] = {}
    warnings = []
    where = "" if path is None else f"{printable(path)}: "
    if path is not None:
        for key, text in _read_texts(path, section).items():
            if key in KEYS:
                given[key] = text
            elif key in WITHOUT_EFFECT or key.endswith("_test"):
                _log.debug("%s: key %s has no effect, here as in the original", path, key)
            else:
                warnings.append(f"{where}unknown key {key} is ignored{_nearest(key)}")
    for name, value in (overrides or {}).items():
        key = str(name).strip().lower()
        if key not in KEYS and key not in WITHOUT_EFFECT:
            raise InputError(f"unknown key {key}{_nearest(key)} (docs/dataset.md has them all)")
        given[key] = value.strip() if isinstance(value, str) else value
    folder = Path() if path is None else path.parent
    values: dict[str, Any] = dict(ORIGINAL) if compatible else {}
    explicit = set()
    for key, known in KEYS.items():
        value = _read(known, given[key], folder, f"{where}{key}") if key in given else None
        if value is not None:
            values[key] = value
            explicit.add(key)
    try:
        config = Config(**values, folder=folder, explicit=frozenset(explicit))
    except InputError as error:
        raise InputError(f"{where}{error}") from None
    return config, [*warnings, *_odd(config, where, compatible=compatible)]


def _odd(config: Config, where: str, *, compatible: bool) -> list[str]:
    """Return a line for each key that will not do what its writer may think."""
    lines = []
    if not compatible and config.sampling_rate < SAMPLE_RATE:
        lines.append(
            f"{where}sampling_rate is {config.sampling_rate} Hz, but RNNoise works at {SAMPLE_RATE} Hz and "
            f"the upper bands stay empty: better --set sampling_rate={SAMPLE_RATE}"
        )
    if "snr" in config.explicit and config.randomize_snr:
        lines.append(f"{where}snr has no effect while SNRs are drawn: --set randomize_snr=False")
    return lines


def _nearest(key: str) -> str:
    near = difflib.get_close_matches(key, KEYS, 1)
    return f": did you mean {near[0]}?" if near else ""


def config_text(value: Any) -> str:
    """Return a value as the text of a config; a list gets commas."""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _read(known: Known, given: Any, folder: Path, called: str) -> Any:
    """Return the value of a key, or None where the default is meant."""
    if given is None or given == NONE:
        if known.name in MEANING_OF_NONE:
            return MEANING_OF_NONE[known.name]
        if known.optional or not known.option.decides:
            return None
        raise InputError(f"{called} is None: needed is {known.needed}")
    if given == "":
        if known.optional or known.default == () or not known.option.decides:
            return None
        raise InputError(f"{called} is empty: needed is {known.needed}")
    if isinstance(given, str):
        given = _from_text(known, given, folder, called)
    elif isinstance(given, (list, tuple)) and known.kind is Path:
        given = [_path(str(item)) for item in given]
    elif known.kind is bool:  # 0 and 1 are switches too
        given = _from_text(known, str(given), folder, called)
    return read_value(known, given, name=called)


def _from_text(known: Known, text: str, folder: Path, called: str) -> Any:
    """Return the value that a text stands for; the text itself when it is none."""
    if known.many:
        return _list(text, folder) if known.kind is Path else tuple(_parts(text))
    if known.kind is bool:
        return _boolean(text, called)
    if known.kind is Path:
        return _path(text)
    if known.kind in {int, float}:
        return _number(text, whole=known.kind is int)
    return text


def _boolean(text: str, called: str) -> bool | str:
    word = text.lower()
    if word in _TRUE_ELSEWHERE:
        raise InputError(f"{called} is {text!r}, which means false to the original: write True or False")
    return word in _TRUE if word in _TRUE | _FALSE else text


def _number(text: str, *, whole: bool) -> float | int | str:
    try:
        value = float(text)
        if not whole:
            return value
        return int(value) if value.is_integer() else text
    except ValueError:
        return text


def _path(text: str) -> Path:
    return Path(os.path.expanduser(text.replace("\\", "/")))


def _list(text: str, folder: Path) -> list[Path]:
    whole = _path(text)
    if whole.exists() or (folder / whole).exists():  # a name with a comma in it
        return [whole]
    return [_path(part) for part in _parts(text)]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]


def _read_texts(path: Path, section: str) -> dict[str, str]:
    name = printable(path)
    parser = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
    try:
        parser.read_string(_with_variables(path.read_text(encoding="utf-8-sig")), source=name)
    except OSError as error:
        raise InputError(f"cannot read config {name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"config {name} is no UTF-8 text: is it really a .cfg?") from error
    except configparser.Error as error:
        raise InputError(f"config {name} is no ini file: {' '.join(str(error).split())}") from error
    if not parser.has_section(section):
        found = ", ".join(parser.sections()) or "none"
        raise InputError(f"config {name} has no section [{section}] (found: {found}): name it with --section")
    try:
        return {key: value.strip() for key, value in parser.items(section)}
    except configparser.Error as error:
        missing = next((word[1] for word in _VARIABLE.finditer(str(error)) if word[1] not in {"$", "{"}), None)
        reason = f"no environment variable {missing}" if missing else " ".join(str(error).split())
        raise InputError(f"config {name}: {reason}") from error


def _with_variables(text: str) -> str:
    """Replace ``$NAME`` by the variable of the environment; ``$$`` and ``${key}`` are the config's own."""

    def value(found: re.Match[str]) -> str:
        known = os.environ.get(found[1])
        return found[0] if known is None or "\n" in known else known.replace("$", "$$")

    return _VARIABLE.sub(value, text)
