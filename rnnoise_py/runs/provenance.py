"""Where an output came from: digests of its sources, the tool's version, JSON manifests."""

import hashlib
import json
from pathlib import Path
from typing import Any

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.version import __version__

_BLOCK_BYTES = 1 << 20

TOOL = f"rnnoise-py {__version__}"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def describe_source(path: Path) -> dict[str, Any]:
    """Path, size in bytes and SHA-256 of a source file, for manifests and HDF5 attributes."""
    return {"path": printable(path), "size": path.stat().st_size, "sha256": file_sha256(path)}


def write_manifest(path: Path, content: dict[str, Any]) -> None:
    """Write ``content`` as sorted, indented JSON with the tool's version, atomically.

    Names that are no UTF-8 are written as escapes from which :func:`read_manifest` makes the same names.
    """
    text = json.dumps({"tool": TOOL, **content}, indent=1, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a JSON manifest.

    Raises
    ------
    InputError
        When it is missing, no JSON, nested too deeply, or no object.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {printable(path)}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{printable(path)} is not UTF-8 text: give a manifest that rnnoise-py wrote") from error
    try:
        content = parse_json(text)
    except ValueError as error:
        raise InputError(f"{printable(path)} is not JSON ({error}): give a manifest that rnnoise-py wrote") from error
    if not isinstance(content, dict):
        raise InputError(f"{printable(path)} holds no JSON object: give a manifest that rnnoise-py wrote")
    return content


def parse_json(text: str | bytes) -> Any:
    """Return what JSON text holds.

    Raises
    ------
    ValueError
        When it is no JSON, nested too deeply, or holds a number of thousands of digits; one line says which.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError:
        raise ValueError("no UTF-8 text") from None
    except ValueError:
        raise ValueError("a number of too many digits") from None
