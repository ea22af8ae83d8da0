"""Digests of the inputs, kept beside the output: tasks of an array job make them once, not each for itself."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rnnoise_py.errors import OutputError
from rnnoise_py.rows.description import Sources
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.lock import waiting_for
from rnnoise_py.runs.provenance import parse_json


def list_path(out: Path) -> Path:
    """Return where the digests are kept while the files of ``out`` are made."""
    return out.with_name(f".{out.name}.sources")


def lock_path(out: Path) -> Path:
    """Return what is locked while they are made."""
    return out.with_name(f".{out.name}.sources.lock")


def shared_sources(out: Path, pending: Sources, paths: list[Path], make: Callable[[], Sources]) -> Sources:
    """Return the digests that are kept, or make them and keep them; processes that ask meanwhile wait.

    Parameters
    ----------
    out
        The output that the list is kept for.
    pending
        The files, without their digests.
    paths
        The same files as paths: a list counts only while none of them was written to since.
    make
        Makes the digests.
    """
    stamps = [path.stat().st_mtime_ns for path in paths]
    with waiting_for(lock_path(out)):
        kept = _read(list_path(out), pending, stamps)
        if kept is not None:
            return kept
        sources = make()
        with contextlib.suppress(OutputError):  # whoever asks next makes them again
            write_text(list_path(out), json.dumps({"stamps": stamps, "files": sources.files}))
        return sources


def forget_sources(out: Path) -> None:
    """Remove the list."""
    for path in (list_path(out), lock_path(out)):
        path.unlink(missing_ok=True)


def write_whole_list(folder: Path, sources: Sources) -> None:
    """Write which files rows in ``folder`` were made of, where they are too many for each file of rows to say.

    The name follows from the content: whoever writes it, for whichever of the rows, writes the same.
    """
    path = folder / sources.list_name
    if sources.list_name and sources.files and not path.exists():
        write_text(path, sources.whole_list)


def _read(path: Path, pending: Sources, stamps: list[int]) -> Sources | None:
    try:
        content: Any = parse_json(path.read_bytes())
        files = [dict(file) for file in content["files"]]
        fresh = content["stamps"] == stamps and len(files) == len(pending.files)
        names = [{**file, "sha256": expected["sha256"]} for file, expected in zip(files, pending.files, strict=False)]
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return Sources(tuple(files)) if fresh and names == list(pending.files) else None
