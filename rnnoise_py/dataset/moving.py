"""Move files out of the way, and back."""

import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import output_folder
from rnnoise_py.runs.provenance import read_manifest, write_manifest

UNDO: Final = "undo.json"


@dataclass(frozen=True)
class _Move:
    """One file that was moved away."""

    former: Path  #: absolute
    now: Path  #: in the quarantine folder


def quarantine(files: Sequence[Path], folder: Path, *, within: Sequence[Path] = ()) -> Path:
    """Move files into a folder, below their full former paths, and write ``undo.json`` there first.

    Parameters
    ----------
    files
        What to move.
    folder
        Where to; must be empty or missing, and outside of what was checked.
    within
        Folders that the files are from; a file of none of them is from its own folder.

    Returns
    -------
    The undo manifest.

    Raises
    ------
    InputError
        When the folder lies inside a folder that the files are from.
    OutputError
        When the folder is in use or a file cannot be moved; the manifest then still undoes what was moved.
    """
    check_outside(folder, within)
    place = Path(os.path.abspath(folder))
    roots = [Path(os.path.abspath(root)) for root in within if root.is_dir()]
    moves = []
    for path in files:
        former = Path(os.path.abspath(path))
        if not any(former.is_relative_to(root) for root in roots):
            roots.append(former.parent)
        moves.append(_Move(former, _place_of(former, place)))
    with output_folder(folder, force=False):
        entries = [{"from": os.fspath(move.former), "to": os.fspath(move.now)} for move in moves]
        content = {"stage": "quarantine", "folders": [os.fspath(root) for root in roots], "moves": entries}
        write_manifest(folder / UNDO, content)
        for move in moves:
            _move(move.former, move.now)
    return folder / UNDO


def check_outside(folder: Path, checked: Sequence[Path]) -> None:
    """Raise :class:`InputError` when a folder for what is moved lies inside one that is checked."""
    for root in checked:
        if root.is_dir() and folder.resolve().is_relative_to(root.resolve()):
            raise InputError(f"{printable(folder)} lies inside the checked {printable(root)}: choose another folder")


def undo_quarantine(manifest: Path) -> int:
    """Move files back to where they were.

    Only files of this quarantine are moved: from below its folder, where :func:`quarantine` put them, to below the
    folders that were checked. Links on the way are not followed.

    Returns
    -------
    How many.

    Raises
    ------
    InputError
        When it is no undo manifest, names other files, or a file is in the way; nothing is moved then.
    """
    moves = _read_moves(manifest)
    moves = [move for move in moves if os.path.lexists(move.now)]
    for move in moves:
        if os.path.lexists(move.former):
            raise InputError(f"{printable(move.former)} is there again: move it away first")
    for move in moves:
        _move(move.now, move.former)
    manifest.unlink()
    for here, _, _ in os.walk(manifest.parent, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(here)
    return len(moves)


def _place_of(former: Path, folder: Path) -> Path:
    return folder.joinpath(*former.parts[1:])


def _read_moves(manifest: Path) -> list[_Move]:
    content = read_manifest(manifest)
    name = printable(manifest)
    moves, folders = content.get("moves"), content.get("folders")
    if content.get("stage") != "quarantine" or not isinstance(moves, list):
        raise InputError(f"{name} is no undo manifest of a quarantine")
    place = Path(os.path.abspath(manifest.parent))
    roots = [_absolute(folder, name) for folder in folders] if isinstance(folders, list) else []
    read = []
    for entry in moves:
        move = entry if isinstance(entry, dict) else {}
        former, now = _absolute(move.get("from"), name), _absolute(move.get("to"), name)
        root = next((root for root in roots if former.is_relative_to(root)), None)
        if root is None or now != _place_of(former, place):
            raise InputError(
                f"{name} would move {printable(now)} to {printable(former)}: this quarantine has not moved that; "
                f"move what you trust by hand"
            )
        is_folder = now.is_dir() and not now.is_symlink()
        if is_folder or _is_hidden(former.relative_to(root)) or _leads_away(former, root) or _leads_away(now, place):
            raise InputError(
                f"{name} would move {printable(now)}, which is a folder, behind a link or goes to a hidden place: "
                f"nothing is moved"
            )
        read.append(_Move(former, now))
    return read


def _absolute(text: Any, name: str) -> Path:
    path = Path(text) if isinstance(text, str) and "\0" not in text else Path()
    if not path.is_absolute() or ".." in path.parts:
        raise InputError(f"{name} is no undo manifest of a quarantine")
    return path


def _is_hidden(relative: Path) -> bool:
    """Whether a check would have left out such a file; one that was named on its own may be hidden itself."""
    return any(part.startswith(".") for part in relative.parts[:-1])


def _leads_away(path: Path, root: Path) -> bool:
    """Whether a folder between ``root`` and the path is a link."""
    return any(place.is_symlink() for place in path.parents if place != root and place.is_relative_to(root))


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot move {printable(source)} to {printable(target)}: {reason}") from error
