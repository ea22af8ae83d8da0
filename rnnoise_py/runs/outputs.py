"""No output is an input, and no two outputs are one file: checked for a whole command before anything is written."""

import os
from collections.abc import Iterable
from pathlib import Path

from rnnoise_py.errors import OutputError
from rnnoise_py.names import printable


def check_outputs(outputs: Iterable[Path], inputs: Iterable[Path | None]) -> None:
    """Check all the files that a command will make against all that it reads.

    Files are told by identity: links, other spellings of a path and other names of one file count as that file.

    Parameters
    ----------
    outputs
        Files to be made; those that are there would be replaced.
    inputs
        Files that are read; folders of them are listed before. None is no file.

    Raises
    ------
    OutputError
        When an output is also an input, or two outputs are one file.
    """
    read = {identity: path for path in inputs if path is not None and (identity := _identity(path)) is not None}
    made: dict[object, Path] = {}
    for path in outputs:
        identity = _identity(path)
        if identity in read:
            source = read[identity]
            also = "" if source == path else f" ({printable(source)})"
            raise OutputError(f"output {printable(path)} is also an input{also}: choose another name")
        place = identity or _place(path)
        if place in made:
            raise OutputError(
                f"outputs {printable(made[place])} and {printable(path)} are one file: choose another name for one"
            )
        made[place] = path


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and number of the file behind a path; None when there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _place(path: Path) -> tuple[object, str]:
    """Where a file that is not there yet will be: its folder by identity, and its name."""
    return _identity(path.parent) or os.path.realpath(path.parent), path.name
