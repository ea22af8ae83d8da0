"""Files that appear whole or not at all: write under a temporary name, then rename."""

import contextlib
import errno
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from rnnoise_py.errors import OutputError
from rnnoise_py.names import printable
from rnnoise_py.runs.lock import locked_folder
from rnnoise_py.runs.progress import note

#: temporary names, with the number of the process
_PART: Final = re.compile(r"\..+\.([0-9]+)\.part", re.DOTALL)
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
        found = _PART.fullmatch(entry.name)
        if found and entry.is_file(follow_symlinks=False) and not _is_running(int(found[1])):
            note(f"removing {printable(entry.path)}, left over from a killed run")
            with contextlib.suppress(FileNotFoundError):
                os.unlink(entry.path)


def _is_running(process: int) -> bool:
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except OverflowError:
        return False
    except OSError as error:
        return error.errno == errno.EPERM
    return True


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


@contextlib.contextmanager
def atomic_path(final: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``final``; rename it there on success, delete it on any failure.

    Parameters
    ----------
    final
        The file to write; replaced when it is there.
    durable
        Be on the disk before the rename, and the rename before this returns: for what a run goes on from after
        a loss of power. It costs milliseconds, so it is not for many files.

    Raises
    ------
    OutputError
        When the folder is missing or not writable, or the disk is full.
    """
    check_writable(final)
    temporary = final.with_name(f".{final.name}.{os.getpid()}.part")
    try:
        yield temporary
        if durable:
            sync_to_disk(temporary)
        os.replace(temporary, final)
        if durable:
            with contextlib.suppress(OSError):  # not every file system can
                sync_to_disk(final.parent)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot write {final}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def write_bytes(final: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a whole file atomically; ``durable`` as in :func:`atomic_path`."""
    with atomic_path(final, durable=durable) as temporary:
        temporary.write_bytes(content)


def write_text(final: Path, content: str, *, durable: bool = False) -> None:
    r"""Write a whole UTF-8 text file atomically; ``durable`` as in :func:`atomic_path`.

    Bytes of names that are no UTF-8 become ``\udcNN``, from which JSON makes the same names.
    """
    write_bytes(final, content.encode("utf-8", "backslashreplace"), durable=durable)
