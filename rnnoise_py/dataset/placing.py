"""Put chosen files into one flat folder: unique names, copies or links, never deleting what is not ours."""

import contextlib
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rnnoise_py.audio.files import printable
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.runs.atomic import atomic_path, check_output_folder
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.provenance import read_manifest

LINKS: Final = ("copy", "hard", "symbolic")  #: ways to place a file
MANIFEST: Final = "manifest.json"
_LONGEST_NAME: Final = 230  # bytes: leaves room for a temporary name


def flat_names(files: Sequence[tuple[str, Path]]) -> list[str]:
    """Return a name for each file such that no two are equal, also where case does not count.

    A name that occurs once stays; one that occurs twice gets its group (language, folder) as prefix, and a
    number when that is not enough.

    Parameters
    ----------
    files
        (group, path) of each.
    """
    counts = Counter(path.name.lower() for _, path in files)
    taken: set[str] = set()
    names = []
    for group, path in files:
        name = path.name if counts[path.name.lower()] == 1 else f"{group}_{path.name}"
        stem, suffix = os.path.splitext(name)
        number = 1
        while name.lower() in taken or (number == 1 and len(os.fsencode(name)) > _LONGEST_NAME):
            number += 1
            room = _LONGEST_NAME - len(os.fsencode(suffix)) - 8
            name = f"{os.fsdecode(os.fsencode(stem)[:room])}~{number}{suffix}"
        taken.add(name.lower())
        names.append(name)
    return names


def check_link(link: str) -> None:
    """Raise :class:`InputError` unless ``link`` is one of LINKS."""
    if link not in LINKS:
        raise InputError(f"link is {link!r}: choose from {', '.join(LINKS)}")


def check_place(output: Path, sources: Sequence[Path], *, force: bool) -> list[str]:
    """Check whether :func:`prepare_folder` would succeed, and change nothing.

    Returns
    -------
    The names of files of an earlier run, which ``force`` deletes.

    Raises
    ------
    InputError
        When it lies inside a source folder.
    OutputError
        When it is in use and ``force`` is off.
    """
    for source in sources:
        if output.resolve().is_relative_to(source.resolve()):
            raise InputError(f"output {printable(output)} lies inside the input {printable(source)}: choose another")
    check_output_folder(output, force=force, make=False)
    return _placed_names(output / MANIFEST) if force and (output / MANIFEST).exists() else []


def prepare_folder(output: Path, sources: Sequence[Path], *, force: bool) -> None:
    """Create the output folder; with ``force`` delete the files that our manifest in it names, nothing else.

    Raises
    ------
    InputError, OutputError
        As :func:`check_place`.
    """
    for name in check_place(output, sources, force=force):
        with contextlib.suppress(FileNotFoundError):
            (output / name).unlink()
    if force:
        (output / MANIFEST).unlink(missing_ok=True)
    check_output_folder(output, force=force)


def _placed_names(manifest: Path) -> list[str]:
    content = read_manifest(manifest)
    entries = content.get("files")
    if content.get("stage") not in {"balance", "sample"} or not isinstance(entries, list):
        raise InputError(f"{printable(manifest)} is of another command: choose another output folder")
    return [Path(str(entry["name"])).name for entry in entries if isinstance(entry, dict) and "name" in entry]


def place_files(
    files: Sequence[Path], names: Sequence[str], output: Path, *, link: str = "copy", label: str = "copy"
) -> None:
    """Copy or link each file to its name in ``output``, each atomically.

    Raises
    ------
    OutputError
        When a file that is not ours has the name, a link is not possible, or the disk is full.
    """
    with Progress(len(files), "file", label) as progress:
        for path, name in zip(files, names, strict=True):
            _place(path, output / name, link)
            progress.update(1)


def _place(path: Path, target: Path, link: str) -> None:
    if target.exists() or target.is_symlink():
        raise OutputError(f"{printable(target)} is already there and not from an earlier run: move it away")
    try:
        with atomic_path(target, create=link == "copy") as temporary:
            if link == "hard":
                os.link(os.path.realpath(path), temporary)
            elif link == "symbolic":
                temporary.symlink_to(path.resolve())
            else:
                shutil.copyfile(path, temporary)
    except OutputError as error:
        if link == "hard":
            raise OutputError(f"{error}; hard links need one disk for both: try --link copy") from error
        raise
