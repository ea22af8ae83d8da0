"""stdin, stdout and stderr as a shell may leave them: closed, or of an encoding that lacks letters."""

import contextlib
import io
import os
import sys
from typing import BinaryIO, TextIO

from rnnoise_py.errors import InputError, OutputError

_DESCRIPTORS = (0, 1, 2)


def prepare_streams() -> None:
    """Make stderr exist and every letter printable; to be called first of all.

    A closed descriptor (``2>&-``) would go to the next file that is opened, and what is printed for a missing
    ``sys.stderr`` to stdout, into the data: closed ones become the null device. ``sys.stdin`` and ``sys.stdout``
    stay None where they were missing, for :func:`binary_stdin` and :func:`binary_stdout` to say so.
    """
    for descriptor in _DESCRIPTORS:
        _occupy(descriptor)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the whole process
    for stream in (sys.stdout, sys.stderr):
        _take_every_letter(stream)


def _occupy(descriptor: int) -> None:
    """Put the null device under a descriptor that is closed."""
    try:
        os.fstat(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            null = os.open(os.devnull, os.O_RDWR)
            if null == descriptor:
                os.set_inheritable(null, True)
            else:
                os.dup2(null, descriptor)
                os.close(null)


def _take_every_letter(stream: TextIO | None) -> None:
    r"""Let letters that the stream's encoding lacks appear as ``\u2026`` and not as an error."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def binary_stdin(what: str) -> BinaryIO:
    """Return stdin for ``what``.

    Raises
    ------
    InputError
        When it is closed.
    """
    if sys.stdin is None:
        raise InputError(f"standard input is closed: pipe or redirect {what} into it")
    return sys.stdin.buffer


def binary_stdout(what: str) -> BinaryIO:
    """Return stdout for ``what``.

    Raises
    ------
    OutputError
        When it is closed.
    """
    if sys.stdout is None:
        raise OutputError(f"standard output is closed: send {what} to a pipe or a file")
    return sys.stdout.buffer
