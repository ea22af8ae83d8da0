"""Where a job gathers its rows until all are there: nobody else writes there, or what they write does no harm."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rnnoise_py.errors import OutputError
from rnnoise_py.rows import hdf5
from rnnoise_py.rows.attempts import attempt_paths, take_over, tries_folder
from rnnoise_py.runs.atomic import check_writable
from rnnoise_py.runs.lock import is_at, locked

SUFFIXES: Final = hdf5.HDF5_SUFFIXES | {".f32"}


def check_output(path: Path) -> None:
    """Raise :class:`OutputError` unless rows could be written to ``path``."""
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(f"output {path} is of no known kind: give NAME.h5, NAME.f32, or - for stdout")
    check_writable(path)


class Place:
    """The rows of an unfinished file, and the checkpoint beside them.

    Parameters
    ----------
    out
        The file that will be made.
    attempt
        Name of an attempt, see :mod:`rnnoise_py.rows.attempts`; empty for a plain run, which holds a lock.
    """

    def __init__(self, out: Path, attempt: str = "") -> None:
        self.out, self.attempt = out, attempt
        self.part, self.state = attempt_paths(out, attempt)
        self._handle = -1  # of the part, while an attempt writes it

    @property
    def left_over(self) -> bool:
        """Whether an unfinished run lies there."""
        return self.state.exists() or tries_folder(self.out).exists()

    def take_over(self) -> bool:
        """Get what the furthest of earlier attempts left; whether there was one."""
        return take_over(self.out, self.attempt)

    @contextlib.contextmanager
    def held(self, *, fresh: bool) -> Iterator[None]:
        """Keep others away; ``fresh`` begins anew.

        Raises
        ------
        OutputError
            When another plain run is writing the file.
        """
        if not self.attempt:
            with locked(self.part, self.out, fresh=fresh):
                yield
            return
        self._handle = os.open(self.part, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        try:
            yield
        finally:
            os.close(self._handle)
            self._handle = -1

    @property
    def is_ours(self) -> bool:
        """Whether no other attempt took the part over."""
        return self._handle < 0 or is_at(self._handle, self.part)

    def discard(self) -> None:
        """Remove both."""
        for path in (self.part, self.state):
            path.unlink(missing_ok=True)
