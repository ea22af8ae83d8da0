"""One writer for one output: a lock on the part file, or on the folder, that dies with its process."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from rnnoise_py.errors import OutputError


@contextlib.contextmanager
def locked(part: Path, out: Path) -> Iterator[int | None]:
    """Hold the lock of ``part``, made when missing; raise :class:`OutputError` when another process does.

    Yields its file descriptor (None where the system has no such locks): a child that inherits it holds the lock too.
    """
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield None
        return
    try:
        file = part.open("ab")
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(f"output {out} is being written by another run: wait for it") from error
        except OSError:  # a file system without locks
            pass
        yield file.fileno()


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder that is there; raise :class:`OutputError` when another process does.

    Nothing is written into the folder. Where the system or the disk has no such locks, nothing is locked.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(f"output folder {folder} is being written by another run: wait for it") from error
        except OSError:
            pass
        yield
    finally:
        os.close(handle)
