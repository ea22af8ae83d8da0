"""Put chosen files into one flat folder: unique names, copies or links, never deleting what is not ours."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import atomic_path, check_output_folder, output_folder
from rnnoise_py.runs.progress import Progress, note
from rnnoise_py.runs.provenance import read_manifest, write_manifest
from rnnoise_py.runs.same_run import check_same
from rnnoise_py.runs.words import counted

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


def check_place(output: Path, sources: Sequence[Path], *, resume: bool, force: bool) -> None:
    """Check whether :class:`Placement` could begin, and change nothing.

    Raises
    ------
    InputError
        When the output lies inside a source folder, or is of another command.
    OutputError
        When it is in use and neither ``resume`` nor ``force`` is on.
    """
    if resume and force:
        raise InputError("--resume goes on and --force starts over: choose one")
    for source in sources:
        if output.resolve().is_relative_to(source.resolve()):
            raise InputError(f"output {printable(output)} lies inside the input {printable(source)}: choose another")
    check_output_folder(output, force=force or resume, make=False)
    if force or resume:
        _read_placed(output / MANIFEST)


@dataclass(frozen=True)
class Placement:
    """Files for one flat folder.

    The manifest is written first, so that after a kill it is known which files are ours: ``force`` then replaces
    them, ``resume`` adds those that are missing.
    """

    stage: str  #: ``"balance"`` or ``"sample"``
    output: Path
    files: list[Path]
    names: list[str]  #: one a file
    link: str  #: one of LINKS
    seed: int
    entries: list[dict[str, Any]]  #: of the manifest, one a file
    figures: dict[str, Any]  #: more for the manifest

    def __post_init__(self) -> None:
        if self.link not in LINKS:
            raise InputError(f"link {self.link!r}: needed is one of {', '.join(LINKS)}")

    def run(self, *, resume: bool, force: bool) -> None:
        """Place the files, each atomically.

        Raises
        ------
        InputError
            When what is to be resumed is another run, or a file comes from the output folder.
        OutputError
            When the folder is in use, a file that is not ours has a name, a link is not possible, or the disk is full.
        """
        place = self.output.resolve()
        for folder in {path.parent for path in self.files}:
            if folder.resolve().is_relative_to(place):
                raise InputError(f"{printable(folder)} lies inside the output {printable(self.output)}: choose another")
        with output_folder(self.output, force=force or resume):
            before = _read_placed(self.output / MANIFEST) if force or resume else None
            ours = _placed_names(before)
            if resume and before is not None:
                check_same(printable(self.output), self._identity, _identity_of(before))
                done = {name for name in self.names if os.path.lexists(self.output / name)}
            else:
                done = set()
                self._check_free(ours)
                self._write_manifest(complete=False, replaced=sorted(ours - set(self.names)))
                for name in ours:
                    (self.output / name).unlink(missing_ok=True)
            self._place_all(done)
            self._write_manifest(complete=True)

    @property
    def _identity(self) -> dict[str, Any]:
        return _identity_of({"stage": self.stage, "seed": self.seed, "link": self.link, "files": self.entries})

    def _check_free(self, ours: set[str]) -> None:
        for name in self.names:
            if name not in ours and os.path.lexists(self.output / name):
                raise OutputError(
                    f"{printable(self.output / name)} is already there and not from an earlier run: move it away"
                )

    def _write_manifest(self, *, complete: bool, **more: Any) -> None:
        content = {"stage": self.stage, "seed": self.seed, "link": self.link, **self.figures, "files": self.entries}
        if not complete:
            content |= {"complete": False, **more}
        write_manifest(self.output / MANIFEST, content)

    def _place_all(self, done: set[str]) -> None:
        if done:
            note(f"resuming: {len(done):,} of {counted(len(self.files), 'file')} are there")
        with Progress(len(self.files) - len(done), "file", self.stage) as progress:
            try:
                for path, name in zip(self.files, self.names, strict=True):
                    if name not in done:
                        _place(path, self.output / name, self.link)
                        progress.update(1)
            except KeyboardInterrupt:
                note("what is there is kept: the same command with --resume goes on from there")
                raise
            except OutputError as error:
                raise OutputError(f"{error} (fix that and add --resume)") from error


def _read_placed(manifest: Path) -> dict[str, Any] | None:
    """Read the manifest of an earlier run, None when there is none."""
    if not manifest.exists():
        return None
    content = read_manifest(manifest)
    if content.get("stage") not in {"balance", "sample"} or not isinstance(content.get("files"), list):
        raise InputError(f"{printable(manifest)} is of another command: choose another output folder")
    return content


def _placed_names(content: Mapping[str, Any] | None) -> set[str]:
    """Names of files that an earlier run made, or was about to make or to replace."""
    if content is None:
        return set()
    entries = [entry.get("name") for entry in content["files"] if isinstance(entry, dict)]
    names = [*entries, *(content.get("replaced") or [])]
    return {Path(name).name for name in names if isinstance(name, str)} - {"", "..", MANIFEST}


def _identity_of(content: Mapping[str, Any]) -> dict[str, Any]:
    files = json.dumps(content["files"], sort_keys=True).encode()
    return {
        "command": content.get("stage"),
        "seed": content.get("seed"),
        "link": content.get("link"),
        "list of files": hashlib.sha256(files).hexdigest(),
    }


def _place(path: Path, target: Path, link: str) -> None:
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
