"""Run tasks in a few threads; an interruption ends them at their next step, a second one ends at once."""

import contextvars
import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Stopped(BaseException):
    """Is raised inside a task by its heartbeat once the work is given up."""


class Outcome(Generic[T, R]):
    """What came of one task."""

    def __init__(self, task: T, value: R | None, error: Exception | None) -> None:
        self.task = task
        self._value = value
        self._error = error

    def get(self) -> R:
        """Return the result, or raise what the task raised."""
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]


def run_threads(
    function: Callable[[T, Callable[[], None]], R], tasks: Iterable[T], workers: int
) -> Generator[Outcome[T, R], None, None]:
    """Yield an :class:`Outcome` of every task, as they are finished.

    Parameters
    ----------
    function
        Is called with a task and a heartbeat, which it calls now and then, at least once a second of work: when the
        generator is closed, or an exception comes out of it, the heartbeat raises :class:`Stopped`.
    tasks
        All that is to be done.
    workers
        Threads; with 1 (or one task) everything runs in the calling thread.

    Notes
    -----
    On Ctrl-C the caller's thread waits for the tasks to stop, so that they can delete their temporary files. The
    threads are daemons: after a second Ctrl-C nobody waits for them any more, and the process can end.
    """
    waiting = list(tasks)
    if workers <= 1 or len(waiting) <= 1:
        for task in waiting:
            yield _outcome(function, task, lambda: None)
        return
    stop = threading.Event()
    todo: queue.SimpleQueue[T] = queue.SimpleQueue()
    done: queue.SimpleQueue[Outcome[T, R]] = queue.SimpleQueue()
    for task in waiting:
        todo.put(task)

    def heartbeat() -> None:
        if stop.is_set():
            raise Stopped

    def work() -> None:
        try:
            while not stop.is_set():
                done.put(_outcome(function, todo.get_nowait(), heartbeat))
        except (queue.Empty, Stopped):
            pass

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
        for _ in range(min(workers, len(waiting)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in waiting:
            yield done.get()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _outcome(function: Callable[[T, Callable[[], None]], R], task: T, heartbeat: Callable[[], None]) -> Outcome[T, R]:
    try:
        return Outcome(task, function(task, heartbeat), None)
    except Exception as error:
        return Outcome(task, None, error)
