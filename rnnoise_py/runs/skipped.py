"""Inputs that were left out: named, counted, and when that is too many."""

from pathlib import Path
from typing import Any, Final

from rnnoise_py.names import printable
from rnnoise_py.runs.progress import MOST_WARNINGS, warn
from rnnoise_py.runs.settings import option
from rnnoise_py.runs.words import counted

MOST_SKIPPED: Final = 0.01  #: share of the inputs that may be left out


def strict_option() -> Any:
    """``--strict``: the same in every command that leaves files out."""
    return option(
        False,
        "Exit with code 1 when any file was left out; else only when more than 1 in 100 were.",
        decides=False,
        recipe=False,
    )


def too_many_skipped(skipped: int, total: int, *, strict: bool) -> bool:
    """Tell whether a result is incomplete (exit code 1).

    Parameters
    ----------
    skipped
        Inputs that were left out.
    total
        All inputs, those too.
    strict
        One is too many; else more than one in a hundred.
    """
    return skipped > (0 if strict else MOST_SKIPPED * total)


class FirstOnes:
    """Says the first of many warnings each in a line, and at the end how many more there were.

    Parameters
    ----------
    noun, rest
        The last line, around the count, e.g. ``"more file"`` and ``"skipped: see manifest.json"``.
    """

    def __init__(self, noun: str, rest: str) -> None:
        self.count = 0
        self._noun, self._rest = noun, rest

    def warn(self, message: str) -> None:
        """Take one, and say it unless there were many before."""
        self.count += 1
        if self.count <= MOST_WARNINGS:
            warn(message)

    def finish(self) -> None:
        """Say how many more there were."""
        if self.count > MOST_WARNINGS:
            warn(f"and {counted(self.count - MOST_WARNINGS, self._noun)} {self._rest}")


class Skipped:
    """Collects what was left out and says it.

    Parameters
    ----------
    where
        What names them all, for the last line, e.g. ``"manifest.json"``.
    """

    def __init__(self, where: str) -> None:
        self.items: list[tuple[str, str]] = []  #: (path, reason)
        self._first = FirstOnes("more file", f"skipped: see {where}")

    def add(self, path: Path | str, reason: str) -> None:
        """Take one, and say it unless there were many before."""
        self.items.append((printable(path), reason))
        self._first.warn(f"skipped: {reason}")

    def finish(self) -> None:
        """Say how many more there were."""
        self._first.finish()
