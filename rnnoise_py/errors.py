"""Errors that a user can mend: the message says what was given, what is needed and what to do.

The command line prints such a message as one line and exits with code 2; everything else is a bug.
"""


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
