"""The worker processes behind :func:`rnnoise_py.runs.workers.run_tasks`.

A worker is sent one task at a time, so that it is known which one it had when it dies: the task is tried once more in
another process. Ctrl-C ends the workers at once, whatever they are in.
"""

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from types import FrameType, ModuleType
from typing import Any, Final, Generic, NamedTuple, TypeVar

from rnnoise_py.errors import RNNoiseError
from rnnoise_py.runs.interrupts import postponed, undisturbed

T = TypeVar("T")

TRIES: Final = 2  #: of a task whose worker process dies
PATIENCE: Final = 1.0  #: seconds that workers get to leave by themselves

_SPAWN: Final = multiprocessing.get_context("spawn")


class Crew(Generic[T]):
    """The worker processes of one call."""

    def __init__(self, function: Callable[[Any, T], Any], state: Any, size: int) -> None:
        self._function = function
        self._work = ForkingPickler.dumps((function, state))
        self._size = size
        self._processes: dict[Connection, SpawnProcess] = {}
        self._busy: dict[Connection, tuple[T, int]] = {}  # task, and the how manieth try it is
        self._again: deque[tuple[T, int]] = deque()

    def results(self, tasks: Iterator[T]) -> Iterator[Any]:
        """Yield results until there are no more tasks."""
        for worker in [self._hire() for _ in range(self._size)]:  # they start side by side
            self._introduce(worker)
            self._give(worker, tasks)
        while self._busy:
            for ready in wait(list(self._busy)):
                assert isinstance(ready, Connection)
                try:
                    reply: _Reply = ready.recv()
                except (EOFError, OSError):
                    self._bury(ready)
                    worker = self._hire()
                    self._introduce(worker)
                    self._give(worker, tasks)
                    continue
                del self._busy[ready]
                self._give(ready, tasks)
                if reply.error is not None:
                    raise reply.error from _InWorkerError(reply.trace)
                yield reply.result

    def _introduce(self, worker: Connection) -> None:
        """Send a new worker what it is to do; not with its start, which waits for ever for one that dies in it."""
        with contextlib.suppress(BrokenPipeError):
            worker.send_bytes(self._work)

    def _give(self, worker: Connection, tasks: Iterator[T]) -> None:
        """Give the next task to a worker."""
        try:
            task, number = self._again.popleft() if self._again else (next(tasks), 1)
        except StopIteration:
            return
        self._busy[worker] = task, number
        with contextlib.suppress(BrokenPipeError):  # it is dead: its connection says so when it is waited for
            worker.send(task)

    def _hire(self) -> Connection:
        here, there = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_work, args=(there, os.getpid()), daemon=True)
        with _interrupts_blocked(), _main_hidden(self._function):
            process.start()
        there.close()
        self._processes[here] = process
        return here

    def _bury(self, worker: Connection) -> None:
        """Note what a dead worker was at, to be tried once more."""
        task, number = self._busy.pop(worker)
        process = self._processes.pop(worker)
        process.join()
        worker.close()
        if number >= TRIES:
            code = process.exitcode or 0
            how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
            raise RNNoiseError(
                f"a worker process died ({how}; out of memory?), and so did another one at the same task: "
                "try fewer --workers"
            )
        self._again.append((task, number + 1))

    def stop(self, *, at_once: bool) -> None:
        """End all workers: idle ones by themselves, others within a second or two. Interrupts do not disturb it."""
        with undisturbed():
            for worker, process in self._processes.items():
                worker.close()
                if at_once:
                    process.terminate()
            end = time.monotonic() + PATIENCE
            for process in self._processes.values():
                process.join(max(0.0, end - time.monotonic()))
                if process.is_alive():  # in a library that knows no signals
                    process.kill()
                    process.join()


class _InWorkerError(Exception):
    """Where an error came from, as text: the cause of what is raised again here."""


class _Reply(NamedTuple):
    """What a worker sends back."""

    result: Any = None
    error: Exception | None = None
    trace: str = ""


def _work(connection: Connection, parent: int) -> None:
    """Do tasks until there are no more, or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    signal.signal(signal.SIGTERM, _leave)
    _unblock_interrupts()
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    with contextlib.suppress(EOFError, ConnectionError):
        function, state = connection.recv()
        while True:
            task = connection.recv()
            try:
                reply = _Reply(function(state, task))
            except Exception as error:  # whatever it is, it is the parent's
                reply = _Reply(error=_sendable(error), trace="".join(traceback.format_exception(error)))
            connection.send(reply)


def _sendable(error: Exception) -> Exception:
    """Return an error that arrives as it was sent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # its class says how it is pickled
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _leave(signum: int, frame: FrameType | None) -> None:
    if not postponed(signum, frame):
        sys.exit(1)  # what is half written is deleted on the way


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


@contextlib.contextmanager
def _main_hidden(function: Callable[..., Any]) -> Iterator[None]:
    """Keep a process that is started inside from importing the user's program, which would run it once more.

    Tasks are functions of modules, so a script or a notebook need not be importable, nor be guarded by
    ``if __name__ == "__main__"``. Only a function of the program itself is looked for in it.
    """
    if getattr(function, "__module__", "") == "__main__":
        yield
        return
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Let a process that is started inside not hear Ctrl-C before it is ready for it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _unblock_interrupts() -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
