"""Move files out of the way, and back."""

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rnnoise_py.audio.files import printable
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.runs.atomic import check_output_folder
from rnnoise_py.runs.provenance import read_manifest, write_manifest

UNDO: Final = "undo.json"


def quarantine(files: Sequence[Path], folder: Path) -> Path:
    """Move files into a folder, below their full former paths, and write ``undo.json`` there first.

    Parameters
    ----------
    files
        What to move.
    folder
        Where to; must be empty or missing.

    Returns
    -------
    The undo manifest.

    Raises
    ------
    OutputError
        When the folder is in use or a file cannot be moved; the manifest then still undoes what was moved.
    """
    check_output_folder(folder, force=False)
    moves = []
    for path in files:
        source = Path(os.path.abspath(path))
        moves.append((source, Path(os.path.abspath(folder)).joinpath(*source.parts[1:])))
    entries = [{"from": os.fspath(source), "to": os.fspath(target)} for source, target in moves]
    write_manifest(folder / UNDO, {"stage": "quarantine", "moves": entries})
    for source, target in moves:
        _move(source, target)
    return folder / UNDO


def undo_quarantine(manifest: Path) -> int:
    """Move files back to where they were.

    Returns
    -------
    How many.

    Raises
    ------
    InputError
        When it is no undo manifest, or a file is in the way; nothing is moved then.
    """
    content = read_manifest(manifest)
    try:
        if content["stage"] != "quarantine":
            raise KeyError("stage")
        moves = [(Path(move["to"]), Path(move["from"])) for move in content["moves"]]
    except (KeyError, TypeError) as error:
        raise InputError(f"{printable(manifest)} is no undo manifest of a quarantine") from error
    moves = [(now, former) for now, former in moves if now.exists() or now.is_symlink()]
    for _, former in moves:
        if former.exists():
            raise InputError(f"{printable(former)} is there again: move it away first")
    for now, former in moves:
        _move(now, former)
    manifest.unlink()
    for here, _, _ in os.walk(manifest.parent, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(here)
    return len(moves)


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot move {printable(source)} to {printable(target)}: {reason}") from error
