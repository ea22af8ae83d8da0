"""Run independent tasks in this process or in a few others; results as they come."""

import os
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/cpu.max")  #: quota and period of a container, in microseconds


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


def run_tasks(
    function: Callable[[Any, T], R], state: Any, tasks: Iterable[T], workers: int, executor: Executor | None = None
) -> Generator[R, None, None]:
    """Yield ``function(state, task)`` of every task, in any order.

    Parameters
    ----------
    function
        A function of a module; with more than one worker it runs in spawned processes.
    state
        Its first argument, sent to each worker once.
    tasks
        Taken one at a time, when a worker is free.
    workers
        Processes; 1 runs everything here.
    executor
        Runs the tasks instead of processes of ours; see :mod:`rnnoise_py.runs.driver` for what they must be then.

    Raises
    ------
    RNNoiseError
        When workers die twice at the same task; whatever ``function`` raises is passed on, and no further task is
        started.
    """
    if executor is not None:
        from rnnoise_py.runs.driver import run_on

        yield from run_on(executor, function, state, tasks)
        return
    if workers <= 1:
        for task in tasks:
            yield function(state, task)
        return
    from rnnoise_py.runs.crew import Crew

    crew: Crew[T] = Crew(function, state, workers)
    try:
        yield from crew.results(iter(tasks))
    except BaseException:
        crew.stop(at_once=True)
        raise
    crew.stop(at_once=False)
