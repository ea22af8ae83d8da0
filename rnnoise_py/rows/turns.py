"""Steps that several threads take in a fixed order."""

import math
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets number 0, 1, 2, … through each step, one at a time; every number must come to every step."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next: defaultdict[str, int] = defaultdict(int)  # of each step, who may go
        self._failed = math.inf  # the lowest number that will never come

    @contextmanager
    def at(self, step: str, number: int) -> Iterator[None]:
        """Wait until ``number`` may take ``step``; leaving lets the next number in.

        Raises
        ------
        RuntimeError
            When a number before this one failed, so that its turn would never come.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._next[step] == number or self._failed < number)
            if self._failed < number:
                raise RuntimeError(f"{step} {number}: number {self._failed} failed")
        yield
        with self._changed:
            self._next[step] += 1
            self._changed.notify_all()

    def fail(self, number: int) -> None:
        """Say that ``number`` failed: those after it wait no longer; −1 lets nobody wait."""
        with self._changed:
            self._failed = min(self._failed, number)
            self._changed.notify_all()
