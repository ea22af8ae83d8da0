"""A folder that appears whole: written beside its place, then exchanged with what is there in one step."""

import contextlib
import ctypes
import filecmp
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import OutputError
from rnnoise_py.runs.atomic import TEMPORARY_NAME, hand_on_permissions
from rnnoise_py.runs.lock import lock, locked_folder

_LONGEST_NAME: Final = 200  # bytes of the folder's name in the temporary one's
_HERE: Final = -100  # AT_FDCWD
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


@contextlib.contextmanager
def whole_folder(folder: Path, *, first: str, dropped: Collection[str] = ()) -> Iterator[Path]:
    """Yield a new folder; on success its files lie in ``folder``, beside those of others that were there.

    Whoever is killed leaves the folder as it was, or as it shall be. Files with the content that they had keep their
    times, so that make has nothing to do for them. Where folders cannot be exchanged (mounted ones, the current one,
    some file systems) the files are put in place one by one, ``first`` before all others.

    Parameters
    ----------
    folder
        Made when missing, with its parents.
    first
        Name of the file by which a reader can tell whether the others belong together.
    dropped
        Files of the old folder that shall not be in the new one, relative to it.

    Raises
    ------
    OutputError
        When another run is writing it, or something cannot be written.
    """
    final = folder.resolve()
    try:
        with contextlib.ExitStack() as stack:
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.is_dir():
                stack.enter_context(locked_folder(final))
            temporary = _make_temporary(final)
            stack.callback(shutil.rmtree, temporary, ignore_errors=True)
            stack.enter_context(locked_folder(temporary))
            try:
                yield temporary
            except OutputError as error:
                raise OutputError(str(error).replace(str(temporary), str(folder))) from error
            if final.is_dir():
                _keep_unchanged(final, temporary)
            if not _put_in_place(temporary, final, dropped):
                _move_into(temporary, final, first, dropped)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error


def _make_temporary(final: Path) -> Path:
    """Make an empty folder beside ``final``, or in it where that cannot be; remove what killed runs left."""
    for parent in (final.parent, final):
        _remove_left_over(parent, final.name)
        name = os.fsdecode(os.fsencode(final.name)[:_LONGEST_NAME])
        place = parent / f".{name}.{secrets.token_hex(4)}.part"
        try:
            place.mkdir()
        except PermissionError:
            if parent is final or not final.is_dir():
                raise
            continue
        return place
    raise AssertionError


def _remove_left_over(parent: Path, name: str) -> None:
    """Remove folders that killed runs left: nobody holds their locks."""
    for entry in os.scandir(parent) if parent.is_dir() else ():
        found = TEMPORARY_NAME.fullmatch(entry.name)
        if not found or found["final"] != name or not entry.is_dir(follow_symlinks=False):
            continue
        with contextlib.suppress(OSError):
            handle = os.open(entry.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            try:
                if lock(handle, sure=True):
                    shutil.rmtree(entry.path, ignore_errors=True)
            finally:
                os.close(handle)


def _keep_unchanged(old: Path, new: Path) -> None:
    """Let files of the same content be the old ones, and others have the permissions of the old ones."""
    for path in [path for path in new.rglob("*") if path.is_file()]:
        before = old / path.relative_to(new)
        if not before.is_file() or before.is_symlink():
            continue
        if filecmp.cmp(before, path, shallow=False):
            shutil.copystat(before, path)
        else:
            hand_on_permissions(before, path)


def _put_in_place(temporary: Path, final: Path, dropped: Collection[str]) -> bool:
    """Let the new folder take the place of the old one, with what others put into that; whether it could be done."""
    if temporary.parent == final or Path.cwd().is_relative_to(final):
        return False
    if not final.is_dir() or not any(final.iterdir()):
        if final.is_dir():
            _take_permissions(final, temporary)
        os.replace(temporary, final)
        return True
    exchange = _exchange_function()
    if exchange is None:
        return False
    _take_permissions(final, temporary)
    _carry_over(final, temporary, frozenset(dropped), final)
    return bool(exchange(temporary, final))


def _take_permissions(old: Path, new: Path) -> None:
    status = old.stat()
    os.chmod(new, stat.S_IMODE(status.st_mode))
    with contextlib.suppress(OSError, AttributeError):
        os.chown(new, status.st_uid, status.st_gid)


def _carry_over(old: Path, new: Path, dropped: frozenset[str], root: Path) -> None:
    """Give the new folder what it lacks of the old one: the same files, by another link where that can be made."""
    for entry in os.scandir(old):
        source, target = Path(entry.path), new / entry.name
        if entry.is_dir(follow_symlinks=False):
            if not os.path.lexists(target):
                target.mkdir()
                _take_permissions(source, target)
            if target.is_dir():
                _carry_over(source, target, dropped, root)
        elif not os.path.lexists(target) and source.relative_to(root).as_posix() not in dropped:
            try:
                os.link(source, target, follow_symlinks=False)
            except (OSError, NotImplementedError):  # another disk, or a system without links
                shutil.copy2(source, target, follow_symlinks=False)


def _exchange_function() -> Any:
    """Return a function that exchanges two folders in one step and says whether it could; None where there is none."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            swap = library.renamex_np
            return lambda a, b: swap(os.fsencode(a), os.fsencode(b), ctypes.c_uint(_EXCHANGE)) == 0
        rename = library.renameat2
    except (OSError, AttributeError, TypeError):
        return None
    return lambda a, b: rename(_HERE, os.fsencode(a), _HERE, os.fsencode(b), ctypes.c_uint(_EXCHANGE)) == 0


def _move_into(temporary: Path, final: Path, first: str, dropped: Collection[str]) -> None:
    """Put the files in place one by one."""
    final.mkdir(exist_ok=True)
    for name in dropped:
        (final / name).unlink(missing_ok=True)
    files = [path for path in sorted(temporary.rglob("*")) if path.is_file()]
    for path in sorted(files, key=lambda path: path != temporary / first):
        target = final / path.relative_to(temporary)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
