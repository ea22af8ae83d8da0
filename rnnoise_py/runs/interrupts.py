"""Ctrl-C at a bad moment: it waits until that is over.

An interrupt in the middle of tidying up would leave threads behind that nobody waits for, and a process that ends
under them hangs or aborts. One in a function that a C library calls would be printed there and forgotten.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))

#: functions that C calls: LLVM keeps and asks for compiled code, libsndfile reads and writes what is no file
_CALLED_BY_C: Final = ("_raw_object_cache_", "vio_")
_LATER: Final = 0.05  # seconds until a signal that came at a bad moment comes again


def postponed(number: int, frame: FrameType | None) -> bool:
    """Whether a signal came where an exception would be lost; it comes again a moment later.

    Parameters
    ----------
    number, frame
        What a handler of signals is given.
    """
    while frame is not None:
        if frame.f_code.co_name.startswith(_CALLED_BY_C):
            again = threading.Timer(_LATER, _send, (number,))
            again.daemon = True
            again.start()
            return True
        frame = frame.f_back
    return False


def _send(number: int) -> None:
    if os.name == "posix":
        os.kill(os.getpid(), number)  # wakes the main thread, which may be waiting
    else:
        signal.raise_signal(number)


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
