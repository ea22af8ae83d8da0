"""One writer for one output: a lock on a file or folder, valid for all containers, that dies with its process."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from rnnoise_py.errors import OutputError

_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@contextlib.contextmanager
def locked(part: Path, out: Path, *, fresh: bool = False) -> Iterator[int | None]:
    """Hold the lock of ``part``, made when missing, while ``out`` is written.

    Yields its file descriptor (None where the system has no such locks): a child that inherits it holds the lock too.

    Parameters
    ----------
    part
        The file that is locked.
    out
        What is written, for messages.
    fresh
        Begin anew: what an earlier run left under this name is removed, and the file is made where nothing lies.

    Raises
    ------
    OutputError
        When another process holds the lock, or ``part`` is a link, which would lead to another file.
    """
    try:
        handle = _take(part, out, fresh=fresh)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot write {out}: {error.strerror}") from error
    try:
        yield handle if _HAS_LOCKS else None
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder that is there; raise :class:`OutputError` when another process does.

    Nothing is written into the folder. Where the system or the disk has no such locks, nothing is locked.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        if not lock(handle):
            raise OutputError(f"output folder {folder} is being written by another run: wait for it")
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def waiting_for(path: Path) -> Iterator[bool]:
    """Hold the lock of ``path``, made when missing, once nobody else does; whether there are locks here.

    For what costs time when two do it, and does no harm: where the disk has no locks, nobody waits.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o666)
    except OSError:
        yield False
        return
    try:
        yield _wait_for_lock(handle)
    finally:
        os.close(handle)


def _wait_for_lock(handle: int) -> bool:
    if not _HAS_LOCKS:
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def _take(part: Path, out: Path, *, fresh: bool) -> int:
    busy = OutputError(f"output {out} is being written by another run: wait for it")
    while True:
        handle = _open(part)
        if not lock(handle):
            os.close(handle)
            raise busy
        if is_at(handle, part):
            break
        os.close(handle)  # another run removed or replaced it meanwhile
    if not fresh:
        return handle
    try:
        part.unlink()
    finally:
        os.close(handle)
    try:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o666)
    except FileExistsError as error:
        raise busy from error
    if lock(handle) and is_at(handle, part):
        return handle
    os.close(handle)
    raise busy


def _open(part: Path) -> int:
    """Open the file, made when missing, but not through a link of either kind."""
    try:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP or part.is_symlink():
            raise _is_a_link(part) from error
        raise
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
        os.close(handle)
        raise _is_a_link(part)
    return handle


def _is_a_link(part: Path) -> OutputError:
    return OutputError(f"{part} is a link, and what it leads to would be overwritten: remove the link")


def lock(handle: int, *, sure: bool = False) -> bool:
    """Lock an open file; whether that was possible.

    Where the file system has no locks the answer is True, or with ``sure`` False.
    """
    if not _HAS_LOCKS:
        return not sure
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return not sure
    return True


def is_at(handle: int, path: Path) -> bool:
    """Whether an open file is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except OSError:
        return False


def _has_locks() -> bool:
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return False
    return True


_HAS_LOCKS = _has_locks()
