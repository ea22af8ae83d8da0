"""The digests of an exported folder's files, as ``sha256sum -c`` takes them; they tell whether all belong together."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.provenance import file_sha256

NAME: Final = "MANIFEST.sha256"
_LARGEST: Final = 1 << 20  # bytes
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^/\\\0\n][^\\\0\n]*)")
_SHOWN: Final = 4  # names in a message


def manifest_text(folder: Path) -> str:
    """List all files of a folder with their digests, sorted."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return "".join(f"{file_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)


def read_manifest(folder: Path) -> dict[str, str]:
    """Return the digests by file, relative to the folder; none where there is no manifest.

    Raises
    ------
    InputError
        When it is damaged.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    with path.open("rb") as stream:
        content = stream.read(_LARGEST + 1)
    found = {}
    for line in content.decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or ".." in match[2].split("/") or len(content) > _LARGEST:
            raise InputError(f"{printable(path)} is damaged: export the model again (--force)")
        found[match[2]] = match[1]
    return found


def differing_files(folder: Path, optional: Iterable[str] = ()) -> list[str]:
    """Return the listed files that are missing (but for ``optional`` ones) or have another content."""
    wrong, may_be_missing = [], set(optional)
    for name, digest in read_manifest(folder).items():
        path = folder / name
        if not path.is_file():
            if name not in may_be_missing:
                wrong.append(name)
        elif file_sha256(path) != digest:
            wrong.append(name)
    return wrong


def check_manifest(folder: Path, optional: Iterable[str] = ()) -> None:
    """Raise :class:`InputError` unless the files that were exported are there as they were; others may lie beside them.

    A folder without a manifest passes: whoever changes files on purpose removes it.
    """
    wrong = differing_files(folder, optional)
    if wrong:
        shown = ", ".join(wrong[:_SHOWN]) + (f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else "")
        raise InputError(
            f"{shown} in {printable(folder)} are not as they were exported ({NAME}): an export was interrupted, or "
            f"files were changed; export again (--force), or remove {NAME} if you changed them on purpose"
        )
