"""Errors that a user can mend: the message says what was given, what is needed and what to do.

The command line prints such a message as one line and exits with code 2; everything else is a bug.
"""

import sys
from collections.abc import Callable
from numbers import Integral
from typing import Any, Final

EXIT_UNUSABLE: Final = 2  # unusable input or usage, nothing written


class RNNoiseError(Exception):
    """Root of all errors raised on purpose."""


class InputError(RNNoiseError, ValueError):
    """An argument or an input file cannot be used (wrong value, format, length, content)."""


class OutputError(RNNoiseError, OSError):
    """An output cannot be written (missing folder, no space, already there)."""


class ModelError(InputError):
    """A model file is not what it should be (shape, name, activation, range, format)."""


class DependencyError(RNNoiseError, ImportError):
    """Something that this step needs is not installed; the message says how to get it."""


def is_whole(argument: Any) -> bool:
    """Whether an argument is an integer, Python's or numpy's: whoever finds another raises :class:`InputError`."""
    return isinstance(argument, Integral)


def run_program(main: Callable[[], None]) -> int:
    """Run a module's ``main`` and return the exit code; what a user can mend is one line on stderr."""
    try:
        main()
    except RNNoiseError as error:
        print(f"rnnoise-py: error: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    return 0
