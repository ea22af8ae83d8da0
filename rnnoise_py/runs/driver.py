"""One driver for tasks on any :class:`concurrent.futures.Executor`: a pool of processes, a cluster, someone else's.

What a task must be: a function of a module, with arguments and results that can be pickled; it may be run more than
once, at the same time even, and leaves the same files then. The driver alone plans, makes digests, writes manifests and
clears what is left over. What a task returns is small: digests and counts.

A task that fails for a reason that may pass (a disk or a network, a worker that is gone) is tried again after a pause.
Short tasks are sent several at a time.
"""

import contextlib
import os
import pickle
import platform
import socket
import time
import traceback
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Any, Final

from rnnoise_py.errors import InputError, RNNoiseError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Reporter, reporting, warn
from rnnoise_py.runs.workers import available_cores
from rnnoise_py.version import __version__

TRIES: Final = 4  #: of a task
FIRST_PAUSE: Final = 0.5  #: seconds before the second try; before each further one twice as long
BUNDLE_SECONDS: Final = 2.0  #: of work that are sent at a time, when tasks are shorter
MOST_IN_BUNDLE: Final = 256
LOOK_SECONDS: Final = 5.0  #: how often the engine is asked whether it is there, while nothing comes of it
AHEAD: Final = 2  #: bundles for each worker, so that none waits for the driver
_PACKAGES: Final = ("numpy", "numba", "llvmlite", "soundfile", "soxr", "h5py")  # what numbers and files depend on


@cache
def software() -> dict[str, str]:
    """Return what must be the same on all machines of a run."""
    found = {
        "rnnoise-py": __version__,
        "machine": platform.machine(),
        "Python": ".".join(platform.python_version_tuple()[:2]),
    }
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


@dataclass(frozen=True)
class Bundle:
    """Some tasks on their way to a worker."""

    work: bytes  #: function and state, pickled and compressed; the same object for all
    tasks: tuple[Any, ...]
    folder: str  #: in which paths are meant
    software: dict[str, str]
    tries: int = 0  #: so far


@dataclass(frozen=True)
class Reply:
    """What came of a bundle: results in order, up to the first error."""

    results: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    error: Exception | None = None
    trace: str = ""


def carry_out(bundle: Bundle) -> Reply:
    """Do the tasks of a bundle; in a worker."""
    results: list[Any] = []
    started = time.monotonic()
    heard = Reporter()
    try:
        check_worker(bundle.software, bundle.folder)
        function, state = _unpacked(bundle.work)
        with reporting(heard):
            for task in bundle.tasks:
                results.append(function(state, task))
    except Exception as error:  # whatever it is, it is the driver's
        trace = "".join(traceback.format_exception(error))
        return Reply(results, heard.warnings, time.monotonic() - started, _sendable(error), trace)
    return Reply(results, heard.warnings, time.monotonic() - started)


def check_worker(expected: dict[str, str], folder: str) -> None:
    """Raise :class:`InputError` unless this process has the driver's software; go to the driver's folder."""
    here = software()
    for name, wanted in expected.items():
        found = here.get(name, "none")
        if found != wanted:
            raise InputError(
                f"worker {socket.gethostname()} has {name} {found}, the driver {wanted}: install the same everywhere"
            )
    if os.getcwd() != folder:
        try:
            os.chdir(folder)
        except OSError as error:
            raise InputError(
                f"worker {socket.gethostname()} cannot see {printable(folder)} ({error.strerror}): all machines need "
                f"the same folders"
            ) from error


@lru_cache(maxsize=4)
def _unpacked(work: bytes) -> tuple[Callable[[Any, Any], Any], Any]:
    function, state = pickle.loads(zlib.decompress(work))
    return function, state


def _sendable(error: Exception) -> Exception:
    """Return an error that arrives as it was sent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # its class says how it is pickled
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class _InWorkerError(Exception):
    """Where an error came from, as text: the cause of what is raised again here."""


def _may_pass(error: Exception) -> bool:
    """Whether another try may go well: disks and networks have moods, an unusable input has none."""
    return isinstance(error, (OSError, MemoryError))


class _Driver:
    """Bundles under way on an executor."""

    def __init__(self, executor: Executor, work: bytes, tasks: Iterator[Any]) -> None:
        self._executor, self._tasks = executor, tasks
        self._plain = Bundle(work, (), os.getcwd(), software())
        self._under_way: dict[Future[Reply], Bundle] = {}
        self._again: deque[tuple[float, Bundle]] = deque()  # when, what
        self._size = 1

    def results(self) -> Generator[Any, None, None]:
        while True:
            self._fill()
            if not self._under_way and not self._again:
                return
            pause = max(0.0, min(when for when, _ in self._again) - time.monotonic()) if self._again else None
            if not self._under_way:
                time.sleep(pause or 0.0)
                continue
            done, _ = wait(self._under_way, min(LOOK_SECONDS, pause or LOOK_SECONDS), FIRST_COMPLETED)
            check_alive(self._executor)
            for future in done:
                yield from self._take(future)

    def stop(self) -> None:
        """Give up what has not begun."""
        for future in self._under_way:
            future.cancel()

    def _fill(self) -> None:
        room = AHEAD * width(self._executor) - len(self._under_way)
        for bundle in self._next(room):
            try:
                self._under_way[self._executor.submit(carry_out, bundle)] = bundle
            except BrokenExecutor as error:
                raise _broken(error) from error

    def _next(self, room: int) -> Iterator[Bundle]:
        now = time.monotonic()
        waiting, self._again = self._again, deque()
        for when, bundle in waiting:
            if when <= now and room > 0:
                room -= 1
                yield bundle
            else:
                self._again.append((when, bundle))
        for _ in range(room):
            tasks = tuple(islice(self._tasks, self._size))
            if not tasks:
                return
            yield replace(self._plain, tasks=tasks)

    def _take(self, future: Future[Reply]) -> Iterator[Any]:
        bundle = self._under_way.pop(future)
        try:
            reply = future.result()
        except BrokenExecutor as error:
            raise _broken(error) from error
        except (Exception, CancelledError) as error:  # the engine's: it lost the worker, or itself
            self._try_again(bundle, error)
            return
        for line in reply.warnings:
            warn(line)
        yield from reply.results
        left = bundle.tasks[len(reply.results) :]
        if reply.error is not None:
            if not _may_pass(reply.error) or (len(left) == 1 and bundle.tries + 1 >= TRIES):
                raise reply.error from _InWorkerError(reply.trace)
            self._try_again(replace(bundle, tasks=left), reply.error)
        elif reply.seconds:
            each = reply.seconds / len(bundle.tasks)
            self._size = max(1, min(MOST_IN_BUNDLE, 2 * self._size, int(BUNDLE_SECONDS / each)))

    def _try_again(self, bundle: Bundle, error: BaseException) -> None:
        """Put tasks back, one by one: only one of them need be to blame."""
        killed = type(error).__name__ == "KilledWorker"  # the engine tried several times
        if len(bundle.tasks) == 1 and (killed or bundle.tries + 1 >= TRIES):
            what = "workers died at it again and again (out of memory?)" if killed else str(error)
            raise RNNoiseError(
                f"a task could not be done: {' '.join(what.split()) or type(error).__name__}; what is done is kept "
                f"where the command knows --resume"
            ) from error
        when = time.monotonic() + FIRST_PAUSE * 2**bundle.tries
        for task in bundle.tasks:
            self._again.append((when, replace(bundle, tasks=(task,), tries=bundle.tries + 1)))


def _broken(error: BrokenExecutor) -> RNNoiseError:
    return RNNoiseError(
        f"the executor broke down ({' '.join(str(error).split()) or type(error).__name__}): a pool of processes does "
        f"not outlive one of them; the same with workers=, or on a cluster, does"
    )


def check_alive(executor: Executor) -> None:
    """Raise :class:`RNNoiseError` when an executor knows that it will do nothing more."""
    check = getattr(executor, "check_alive", None)
    if callable(check):
        check()


def width(executor: Executor) -> int:
    """Return how many workers an executor has, as far as it says."""
    known = getattr(executor, "width", None)
    if callable(known):
        return max(1, int(known()))
    return max(1, int(getattr(executor, "_max_workers", 0) or available_cores()))


def run_on(
    executor: Executor, function: Callable[[Any, Any], Any], state: Any, tasks: Iterable[Any]
) -> Generator[Any, None, None]:
    """Yield ``function(state, task)`` of every task, in any order; as :func:`rnnoise_py.runs.workers.run_tasks`.

    Parameters
    ----------
    executor
        Where tasks are run. It is not shut down.
    function, state, tasks
        See the module's text for what a task must be.

    Raises
    ------
    RNNoiseError
        When a task fails for good, or a worker has other software or cannot see the folder; whatever else ``function``
        raises is passed on. No further task is begun then.
    """
    driver = _Driver(executor, zlib.compress(pickle.dumps((function, state)), 1), iter(tasks))
    try:
        yield from driver.results()
    finally:
        driver.stop()
