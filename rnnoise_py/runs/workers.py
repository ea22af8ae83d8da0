"""Run independent tasks in this process or in a few others; results as they come."""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

from rnnoise_py.errors import RNNoiseError

T = TypeVar("T")
R = TypeVar("R")

WAITING: Final = 4  # tasks handed out ahead for each worker: memory stays bounded

CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/cpu.max")  #: quota and period of a container, in microseconds

_state: Any = None
_function: Callable[[Any, Any], Any] | None = None


def available_cores() -> int:
    """Cores that this process may use: its affinity, and a container's quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = CGROUP_LIMIT.read_text().split()
        return max(1, min(count, int(quota) // int(period)))
    except (OSError, ValueError):  # no control groups, or no limit ("max")
        return count


def cores(workers: int | None) -> int:
    """Return the number of workers that is meant: all cores without one."""
    return workers or available_cores()


def _start(function: Callable[[Any, Any], Any], state: Any, parent: int) -> None:
    global _state, _function
    _state, _function = state, function
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _call(task: Any) -> Any:
    assert _function is not None
    return _function(_state, task)


def run_tasks(
    function: Callable[[Any, T], R], state: Any, tasks: Iterable[T], workers: int
) -> Generator[R, None, None]:
    """Yield ``function(state, task)`` of every task, in any order.

    Parameters
    ----------
    function
        A function of a module; with more than one worker it runs in spawned processes.
    state
        Its first argument, sent to each worker once.
    tasks
        Taken a few at a time.
    workers
        Processes; 1 runs everything here.

    Raises
    ------
    RNNoiseError
        When a worker dies; whatever ``function`` raises is passed on, and no further task is started.
    """
    if workers <= 1:
        for task in tasks:
            yield function(state, task)
        return
    yield from _in_processes(function, state, tasks, workers)


def _in_processes(
    function: Callable[[Any, T], R], state: Any, tasks: Iterable[T], workers: int
) -> Generator[R, None, None]:
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start, (function, state, os.getpid()))
    pending: set[Future[R]] = set()
    source = iter(tasks)
    try:
        while True:
            while len(pending) < WAITING * workers:
                try:
                    pending.add(pool.submit(_call, next(source)))
                except StopIteration:
                    break
            if not pending:
                return
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except BrokenProcessPool as error:
        raise RNNoiseError("a worker process died (out of memory?): try fewer --workers, and --resume") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
