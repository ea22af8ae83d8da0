"""TOML files."""

from pathlib import Path
from typing import Any

from rnnoise_py.errors import DependencyError, InputError


def parse_toml(path: Path) -> tuple[bytes, dict[str, Any]]:
    """Read a TOML file: its bytes and its content; raise :class:`InputError` when it is missing or not TOML."""
    try:
        import tomllib
    except ImportError:  # Python 3.10
        try:
            import tomli as tomllib  # type: ignore[no-redef,import-not-found,unused-ignore]
        except ImportError:
            raise DependencyError("reading TOML needs tomli on Python 3.10: pip install 'rnnoise-py[train]'") from None
    try:
        raw = path.read_bytes()
        content: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # nested too deeply
        raise InputError(f"{path} is not TOML ({error})") from error
    return raw, content
