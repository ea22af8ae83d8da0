"""The user's files by their content, remembered so that each is read once."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from rnnoise_py.audio.files import list_audio_files
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.provenance import file_sha256, read_manifest, write_manifest

MEMORY_NAME: Final = "digests.json"


class Sources:
    """Digests of files and folders; what was read stays known while size and time of change stay.

    Parameters
    ----------
    memory
        The JSON file of earlier runs, in the work folder; it need not be there.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known: dict[str, list[Any]] = {}
        self._described: dict[Path, dict[str, Any]] = {}  # in this run
        self._changed = False
        if memory.exists():
            try:
                files = read_manifest(memory)["files"].items()
                self._known = {name: [int(size), int(time), str(sha256)] for name, (size, time, sha256) in files}
            except (InputError, KeyError, TypeError, ValueError, AttributeError):
                self._known = {}  # damaged: everything is read again

    def describe(self, path: Path, where: str) -> dict[str, Any]:
        """Return the number of files, bytes and digest of a file or folder of audio.

        The digest is over names below the folder, in the order in which stages read them, sizes and contents:
        a folder that was moved keeps it. ``where`` begins the messages.

        Raises
        ------
        InputError
            When there is nothing, or nothing that can be read.
        """
        try:
            if path not in self._described:
                self._described[path] = self._describe(path)
            return self._described[path]
        except InputError as error:
            raise InputError(f"{where}: {error}") from error

    def changed(self, paths: Iterable[Path]) -> Path | None:
        """Return the first of some paths, described before, that is not what it was; what was touched is read again."""
        for path in paths:
            try:
                if self._describe(path) != self._described[path]:
                    return path
            except InputError:
                return path
        return None

    def _describe(self, path: Path) -> dict[str, Any]:
        if path.is_dir():
            if self._memory.parent.resolve().is_relative_to(path.resolve()):
                raise InputError(f"the work folder lies in {printable(path)}: choose another with -o")
            paths = list_audio_files(path)
            if not paths:
                raise InputError(f"folder {printable(path)} holds no audio files")
        elif path.is_file():
            paths = [path]
        else:
            raise InputError(f"{printable(path)} does not exist: give a folder or a file")
        digest, size = hashlib.sha256(), 0
        self._learn([file for file in paths if not self._is_known(file)], path)
        for file in paths:
            name = file.relative_to(path).as_posix() if file != path else file.suffix
            length, _, sha256 = self._known[_name(file)]
            digest.update(json.dumps([printable(name), length, sha256]).encode())
            size += length
        return {"files": len(paths), "bytes": size, "sha256": digest.hexdigest()}

    def _is_known(self, path: Path) -> bool:
        known = self._known.get(_name(path))
        return known is not None and known[:2] == _stamp(path)

    def _learn(self, paths: list[Path], where: Path) -> None:
        if not paths:
            return
        with Progress(len(paths), "file", f"reading {printable(where)}") as progress:
            for path in paths:
                stamp = _stamp(path)
                try:
                    sha256 = file_sha256(path)
                except OSError as error:
                    raise InputError(f"cannot read {printable(path)}: {error.strerror}") from error
                if _stamp(path) != stamp:
                    raise InputError(f"{printable(path)} changed while it was read: try again when it is whole")
                self._known[_name(path)] = [*stamp, sha256]
                self._changed = True
                progress.update(1)

    def save(self) -> None:
        """Write the memory, where there is something new in it and its folder is there."""
        if self._changed and self._memory.parent.is_dir():
            write_manifest(self._memory, {"files": self._known})
            self._changed = False


def _name(path: Path) -> str:
    return printable(path.absolute())


def _stamp(path: Path) -> list[int]:
    """Size and time of the last change: while they stay, the content does."""
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"cannot read {printable(path)}: {error.strerror}") from error
    return [status.st_size, status.st_mtime_ns]
