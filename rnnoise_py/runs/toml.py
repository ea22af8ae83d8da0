"""TOML in and out: any name of a file, bytes that are no UTF-8 among them, comes back as it was."""

import json
import re
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError

_NO_TEXT: Final = re.compile("[\udc80-\udcff]")  # bytes of names that are no UTF-8, as Python has them
_ESCAPED: Final = re.compile("\0([0-9a-f]{2})")  # the same in TOML


def toml_value(value: Any) -> str:
    """Write strings, numbers, booleans, lists of strings: as in JSON, but for what TOML cannot hold.

    Bytes of names that are no UTF-8 are written as NUL, which no name has, and two digits.
    """
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return _NO_TEXT.sub(lambda found: f"\\u0000{ord(found[0]) & 0xFF:02x}", text)


def from_toml(value: Any) -> Any:
    """Undo :func:`toml_value` for what a TOML reader gave."""
    if isinstance(value, list):
        return [from_toml(item) for item in value]
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(0xDC00 | int(found[1], 16)), value)
    return value


def parse_toml(path: Path) -> tuple[bytes, dict[str, Any]]:
    """Read a TOML file: its bytes and its content; raise :class:`InputError` when it is missing or not TOML."""
    try:
        import tomllib
    except ImportError:  # Python 3.10
        import tomli as tomllib  # type: ignore[no-redef,import-not-found,unused-ignore]
    try:
        raw = path.read_bytes()
        content: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except RecursionError:
        raise InputError(f"{path} is not TOML (it is nested too deeply)") from None
    except ValueError as error:
        raise InputError(f"{path} is not TOML ({error})") from error
    return raw, content
