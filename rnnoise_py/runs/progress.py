"""Progress on stderr: a bar on a terminal, a plain line now and then elsewhere; stdout is for data."""

import sys
import time
from types import TracebackType
from typing import Any, Final

from rnnoise_py.names import escape_controls

PLAIN_LINE_SECONDS = 10.0
MOST_WARNINGS: Final = 20  #: about single files in one run: a log or manifest names them all

_quiet = False


def set_quiet(quiet: bool) -> None:
    """Switch all progress and notes off (``-q``) or on."""
    global _quiet  # noqa: PLW0603 - the one switch of the command line
    _quiet = quiet


def is_quiet() -> bool:
    """Whether progress and notes are off, for programs that are started from here."""
    return _quiet


def note(message: str) -> None:
    """Say one line on stderr, unless quiet."""
    if not _quiet:
        print(message, file=sys.stderr, flush=True)


def warn(message: str) -> None:
    """Say one warning on stderr, even when quiet."""
    print(f"rnnoise-py: warning: {escape_controls(message)}", file=sys.stderr, flush=True)


class Progress:
    """Counts units of work; shows rate and time left. Use as a context manager.

    The time left is told by what came after the first units: before them kernels may have been compiled.

    Parameters
    ----------
    total
        Units of the whole job, or None when unknown.
    unit
        Noun of one unit, e.g. ``"row"``.
    label
        What is being done.
    """

    def __init__(self, total: int | None, unit: str, label: str) -> None:
        self.total = total
        self.unit = unit
        self.label = label
        self.done = 0
        self._bar: Any = None
        self._start = self._last = time.monotonic()
        self._first: tuple[float, int] | None = None  # when the first units were done, and how many
        self._detail = ""

    def __enter__(self) -> "Progress":
        self._start = self._last = time.monotonic()
        if not _quiet and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=self.total,
                unit=f" {self.unit}",
                desc=self.label,
                file=sys.stderr,
                dynamic_ncols=True,
                unit_scale=True,
                leave=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        elif kind is None and not _quiet:
            self._line(time.monotonic(), final=True)

    def update(self, units: int, detail: str = "") -> None:
        """Count ``units`` more as done; ``detail`` is shown beside them."""
        self.done += units
        self._detail = detail or self._detail
        if self._bar is not None:
            if detail:
                self._bar.set_postfix_str(detail, refresh=False)
            self._bar.update(units)
        elif not _quiet:
            now = time.monotonic()
            if self._first is None:
                self._first = now, self.done
            if now - self._last >= PLAIN_LINE_SECONDS:
                self._last = now
                self._line(now, final=False)

    def _line(self, now: float, *, final: bool) -> None:
        seconds = max(now - self._start, 1e-9)
        rate = self.done / seconds
        text = f"{self.label}: {self.done:,}"
        if self.total is not None:
            text += f" of {self.total:,}"
        text += f" {self.unit}s, {rate:,.0f}/s"
        if final:
            text += f", {seconds:.1f} s"
        elif self.total is not None and self._first is not None and self.done > self._first[1]:
            each = (now - self._first[0]) / (self.done - self._first[1])
            text += f", {(self.total - self.done) * each:,.0f} s left"
        if self._detail:
            text += f", {self._detail}"
        print(text, file=sys.stderr, flush=True)
