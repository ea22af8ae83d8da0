"""Ctrl-C while a run is already tidying up: it waits until that is done.

An interrupt in the middle of tidying up would leave threads behind that nobody waits for, and a process that ends
under them hangs or aborts.
"""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP wait until the block is left.

    They are dropped when an exception is on its way already. Other threads than the main one are never interrupted:
    for them this does nothing.

    Raises
    ------
    KeyboardInterrupt
        After the block, when one of them came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    leaving = sys.exc_info()[1] is not None
    came: list[int] = []

    def remember(number: int, frame: Any) -> None:
        came.append(number)

    heard = [
        number for number in _SIGNALS if callable(signal.getsignal(number))
    ]  # others are ignored, or end us at once
    before = {number: signal.signal(number, remember) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came and not leaving:
        raise KeyboardInterrupt
