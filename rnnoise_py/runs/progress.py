"""Who hears what a run says: progress, notes, warnings. The terminal, or anyone else's object.

Engines call :func:`note`, :func:`warn` and :class:`Progress`; what is said goes to the reporter of the moment. On the
command line that is a :class:`Terminal`: a bar on a terminal, a plain line now and then elsewhere, all on stderr, for
stdout is for data. A step that is called from Python gets a silent :class:`Reporter`, unless it is given another.
"""

import contextlib
import io
import os
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final

from rnnoise_py.names import escape_controls, escape_lines

PLAIN_LINE_SECONDS: Final = 10.0
MOST_WARNINGS: Final = 20  #: about single files in one run: a log or manifest names them all


class Reporter:
    """Hears what a run says. This one shows nothing and keeps the warnings; override what you want to hear."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def note(self, message: str) -> None:
        """Take one line of information."""

    def warn(self, message: str) -> None:
        """Take one warning."""
        self.warnings.append(message)

    def begin(self, progress: "Progress") -> None:
        """Hear that a countable piece of work begins."""

    def advance(self, progress: "Progress", units: int) -> None:
        """Hear that ``units`` more are done; ``progress.done`` has them all."""

    def end(self, progress: "Progress", *, finished: bool) -> None:
        """Hear that the work is done, or was given up."""


def say(line: str) -> None:
    """Print a line on stderr. Where nobody hears it - its reader is gone, its disk is full - the work goes on."""
    try:
        print(line, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _lose_what_is_not_heard()


class _Unheard(io.RawIOBase):
    """A file descriptor that is written to as long as that works; what does not get through is lost."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        rest = memoryview(content).cast("B")
        size = len(rest)
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        return size


def _lose_what_is_not_heard() -> None:
    """Put something in the place of a stderr that failed that does not fail, nor hold back what it could not write."""
    try:
        descriptor = sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        descriptor = -1
    sys.stderr = io.TextIOWrapper(_Unheard(descriptor), "utf-8", "backslashreplace", write_through=True)


class Terminal(Reporter):
    """Says everything on stderr; with ``quiet`` only warnings."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__()
        self.quiet = quiet

    def note(self, message: str) -> None:
        """Say one line, unless quiet."""
        if not self.quiet:
            say(escape_lines(message))

    def warn(self, message: str) -> None:
        """Say one warning, even when quiet."""
        super().warn(message)
        say(f"rnnoise-py: warning: {escape_controls(message)}")

    def begin(self, progress: "Progress") -> None:
        """Open a bar where stderr is a terminal."""
        if not self.quiet and sys.stderr.isatty():
            from tqdm import tqdm

            with _a_bar_may_fail(progress):
                progress.bar = tqdm(
                    total=progress.total,
                    unit=f" {progress.unit}",
                    desc=progress.label,
                    file=sys.stderr,
                    dynamic_ncols=True,
                    unit_scale=True,
                    leave=True,
                )

    def advance(self, progress: "Progress", units: int) -> None:
        """Move the bar, or say a line now and then."""
        if progress.bar is not None:
            with _a_bar_may_fail(progress):
                if progress.detail:
                    progress.bar.set_postfix_str(progress.detail, refresh=False)
                progress.bar.update(units)
        elif not self.quiet and progress.is_due():
            say(progress.line())

    def end(self, progress: "Progress", *, finished: bool) -> None:
        """Close the bar, or say the last line."""
        if progress.bar is not None:
            with _a_bar_may_fail(progress):
                progress.bar.close()
        elif finished and not self.quiet:
            say(progress.line(final=True))


@contextlib.contextmanager
def _a_bar_may_fail(progress: "Progress") -> Iterator[None]:
    """Go on without a bar when the terminal is gone."""
    try:
        yield
    except (OSError, ValueError):
        progress.bar = None
        _lose_what_is_not_heard()


_reporter: ContextVar[Reporter | None] = ContextVar("reporter", default=None)
_terminal: Final = Terminal()  # who hears what nobody else was named for


def reporter() -> Reporter:
    """Return who hears what is said now."""
    return _reporter.get() or _terminal


@contextlib.contextmanager
def reporting(to: Reporter | None) -> Iterator[Reporter]:
    """Let ``to`` hear all that is said inside; None: nobody, but warnings are kept."""
    chosen = Reporter() if to is None else to
    token = _reporter.set(chosen)
    try:
        yield chosen
    finally:
        _reporter.reset(token)


def note(message: str) -> None:
    """Say one line of information."""
    reporter().note(message)


def warn(message: str) -> None:
    """Say one warning."""
    reporter().warn(message)


class Progress:
    """Counts units of work; knows rate and time left. Use as a context manager.

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
        self.detail = ""  #: shown beside the units
        self.bar: Any = None  #: of a terminal
        self._to = reporter()
        self._start = self._last = time.monotonic()
        self._first: tuple[float, int] | None = None  # when the first units were done, and how many

    def __enter__(self) -> "Progress":
        self._start = self._last = time.monotonic()
        self._to.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._to.end(self, finished=kind is None)

    def update(self, units: int, detail: str = "") -> None:
        """Count ``units`` more as done; ``detail`` is shown beside them."""
        self.done += units
        self.detail = detail or self.detail
        if self._first is None:
            self._first = time.monotonic(), self.done
        self._to.advance(self, units)

    def is_due(self) -> bool:
        """Whether it is time for another plain line; asking resets the clock when it is."""
        now = time.monotonic()
        if now - self._last < PLAIN_LINE_SECONDS:
            return False
        self._last = now
        return True

    def line(self, *, final: bool = False) -> str:
        """Return how far the work is, as one line."""
        now = time.monotonic()
        seconds = max(now - self._start, 1e-9)
        text = f"{self.label}: {self.done:,}"
        count = self.done
        if self.total is not None:
            text += f" of {self.total:,}"
            count = self.total
        text += f" {self.unit}{'s' if count != 1 else ''}"
        rate = self.done / seconds
        if self.done:
            text += f", {rate:,.0f}/s" if rate >= 10 else f", {rate:.2g}/s"
        if final:
            text += f", {seconds:.1f} s"
        elif self.total is not None and self._first is not None and self.done > self._first[1]:
            each = (now - self._first[0]) / (self.done - self._first[1])
            text += f", {(self.total - self.done) * each:,.0f} s left"
        return f"{text}, {self.detail}" if self.detail else text
