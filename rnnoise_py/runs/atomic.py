"""Files that appear whole or not at all: write under a temporary name, then rename.

A temporary file ``.NAME.xxxxxxxx.part`` has a name that nobody can foresee, is made only where nothing lies, and is
locked while it is written. What a killed process left is not locked; it is removed when NAME is written again.
"""

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from rnnoise_py.errors import OutputError
from rnnoise_py.names import printable
from rnnoise_py.runs.lock import is_at, lock, locked_folder
from rnnoise_py.runs.progress import note

#: a temporary file: its final name (cut where it is long) and eight random hex digits (before: a process number)
TEMPORARY_NAME: Final = re.compile(r"\.(?P<final>.+)\.([0-9a-f]{8}|[0-9]+)\.part", re.DOTALL)
_LONGEST_NAME: Final = 200  # bytes of a final name in a temporary one; file systems take 255 in all
_LOOK_SECONDS: Final = 60.0  # a folder is searched for leftovers at most so often, for it may hold many files
_seen: dict[Path, tuple[float, dict[str, list[Path]]]] = {}  # folder → when, and what lay there by final name
#: what file systems say that know no fsync
_CANNOT_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP})


def check_writable(path: Path) -> None:
    """Raise :class:`OutputError` unless a file could be created at ``path``; creates nothing.

    What is there may be a file or a link to one: it will be replaced.
    """
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"output folder {folder} does not exist: create it first (mkdir -p {folder})")
    if path.is_dir():
        raise OutputError(f"output {path} is a folder: give a file name")
    if path.exists() and not path.is_file():  # renaming would put a file in its place
        raise OutputError(f"output {path} is a device or a pipe, which would be replaced: give a file name")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"output folder {folder} is not writable: choose another or change its permissions")


def check_new(path: Path, *, force: bool) -> None:
    """Raise :class:`OutputError` unless a file could be created at ``path``, or replaced with ``force``."""
    check_writable(path)
    if path.exists() and not force:
        raise OutputError(f"output {path} exists: add --force to replace it, or choose another name")


def check_not_an_input(path: Path, *inputs: Path) -> None:
    """Raise :class:`OutputError` when ``path`` is one of the inputs (same file, links followed)."""
    for source in inputs:
        if path.exists() and source.exists() and path.samefile(source):
            raise OutputError(f"output {path} is also an input: choose another name")


def check_output_folder(folder: Path, *, force: bool, make: bool = True) -> None:
    """Create ``folder`` if ``make``; raise :class:`OutputError` when it has files in it and ``force`` is off."""
    if folder.is_file():
        raise OutputError(f"output {folder} is a file: give a folder")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise OutputError(f"output folder {folder} is not empty: choose another or add --force")
    if not make:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"output folder {folder} cannot be created: {error.strerror}") from error


@contextlib.contextmanager
def output_folder(folder: Path, *, force: bool, expected: Collection[str] = ()) -> Iterator[None]:
    """Create ``folder`` as :func:`check_output_folder` does, and hold its lock; who wrote it before must have ended.

    Temporary files of a killed run are removed. On failure the folders that were created and are empty are removed.

    Parameters
    ----------
    folder
        The folder.
    force
        Whether files may be in it.
    expected
        Names of files that may be in it anyhow.

    Raises
    ------
    OutputError
        When it is in use, or another run is writing it.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    with contextlib.ExitStack() as stack:
        if folder.is_dir():
            stack.enter_context(locked_folder(folder))
            remove_left_over(folder)
        force = force or (folder.is_dir() and {entry.name for entry in folder.iterdir()} <= set(expected))
        check_output_folder(folder, force=force)
        if missing:
            stack.enter_context(locked_folder(folder))
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):  # something is in it by now
                for place in missing:
                    place.rmdir()
            raise


def remove_left_over(folder: Path) -> None:
    """Remove the temporary files that killed runs left in a folder."""
    for entry in os.scandir(folder):
        if TEMPORARY_NAME.fullmatch(entry.name) and _remove_unless_held(Path(entry.path)):
            note(f"removing {printable(entry.path)}, left over from a killed run")


def sync_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlive a loss of power.

    Raises
    ------
    OSError
        When the disk fails, or is full only now.
    """
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(handle)


def replace_durably(temporary: Path, final: Path) -> None:
    """Give a file its final name such that after a loss of power the old or the new content is there, whole.

    A file that is replaced hands its permissions on.

    Raises
    ------
    OSError
        When the disk fails, or is full only now.
    """
    hand_on_permissions(final, temporary)
    sync_to_disk(temporary)
    os.replace(temporary, final)
    with contextlib.suppress(OSError):  # not every file system can
        sync_to_disk(final.parent)


@contextlib.contextmanager
def atomic_path(final: Path, *, durable: bool = False, create: bool = True) -> Iterator[Path]:
    """Yield an empty temporary file beside ``final``; rename it there on success, delete it on any failure.

    A file that is replaced hands its permissions on.

    Parameters
    ----------
    final
        The file to write; replaced when it is there.
    durable
        Be on the disk before the rename, and the rename before this returns: for what a run goes on from after
        a loss of power. It costs milliseconds, so it is not for many files.
    create
        Without it nothing lies at the path yet: for links, which are made and not written.

    Raises
    ------
    OutputError
        When the folder is missing or not writable, or the disk is full.
    """
    check_writable(final)
    handle, temporary = -1, _temporary_name(final)
    mode = _permissions(final) if create else None
    try:
        _remove_left_over(final)
        if create:
            handle, temporary = _create_temporary(final, mode)
        yield temporary
        if mode is not None:
            temporary.chmod(mode)
        if durable:
            replace_durably(temporary, final)
        else:
            os.replace(temporary, final)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot write {final}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        if handle >= 0:
            os.close(handle)


def _create_temporary(final: Path, mode: int | None) -> tuple[int, Path]:
    """Make the file, where nothing lies and through no link; locked, and private where ``mode`` may be."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    while True:
        path = _temporary_name(final)
        try:
            handle = os.open(path, flags, 0o666 if mode is None else 0o600)
        except FileExistsError:
            continue
        if lock(handle) and is_at(handle, path):  # else whoever looked for leftovers was quicker
            return handle, path
        os.close(handle)


def _permissions(final: Path) -> int | None:
    """Return the permissions of what will be replaced; None when nothing is there."""
    try:
        return stat.S_IMODE(final.stat().st_mode) & 0o777
    except OSError:
        return None


def hand_on_permissions(final: Path, temporary: Path) -> None:
    """Give what will replace a file the permissions of that file, if it is there."""
    mode = _permissions(final)
    if mode is not None:
        temporary.chmod(mode)


def _temporary_name(final: Path) -> Path:
    return final.with_name(f".{_cut(final.name)}.{secrets.token_hex(4)}.part")


def _remove_left_over(final: Path) -> None:
    """Remove temporary files of ``final`` that no living process holds."""
    now = time.monotonic()
    folder = final.parent.absolute()
    when, found = _seen.get(folder, (-_LOOK_SECONDS, {}))
    if now - when >= _LOOK_SECONDS:
        found = {}
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                name = TEMPORARY_NAME.fullmatch(entry.name)
                if name:
                    found.setdefault(name["final"], []).append(folder / entry.name)
        _seen[folder] = now, found
    for path in found.pop(_cut(final.name), []):
        _remove_unless_held(path)


def _remove_unless_held(path: Path) -> bool:
    """Remove a temporary file unless a living process, of any container, holds it; whether it was removed."""
    with contextlib.suppress(OSError):
        if path.is_symlink():  # has no lock, and is no temporary file for longer than it takes to rename it
            if time.time() - path.lstat().st_mtime <= _LOOK_SECONDS:
                return False
            path.unlink()
            return True
        handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            if lock(handle, sure=True):
                path.unlink()
                return True
        finally:
            os.close(handle)
    return False


def _cut(name: str) -> str:
    return os.fsdecode(os.fsencode(name)[:_LONGEST_NAME])


def write_bytes(final: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a whole file atomically; ``durable`` as in :func:`atomic_path`."""
    with atomic_path(final, durable=durable) as temporary:
        temporary.write_bytes(content)


def write_text(final: Path, content: str, *, durable: bool = False) -> None:
    r"""Write a whole UTF-8 text file atomically; ``durable`` as in :func:`atomic_path`.

    Bytes of names that are no UTF-8 become ``\udcNN``, from which JSON makes the same names.
    """
    write_bytes(final, content.encode("utf-8", "backslashreplace"), durable=durable)
