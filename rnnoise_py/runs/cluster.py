"""Workers on other machines, or several on this one, through Dask: ``--cluster``.

====================  ====================================================================================
``local``             one worker process a core of this machine; ``local:4`` four
``tcp://HOST:PORT``   a scheduler that runs; its workers are started with ``--nthreads 1``
``slurm``             a job for each worker; ``slurm:profile.toml`` says which queue, how long, how many
====================  ====================================================================================

Dask is the extra ``[cluster]``; nothing of it is imported before it is used.
"""

import contextlib
import difflib
import logging
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import DependencyError, InputError, RNNoiseError
from rnnoise_py.runs.settings import option
from rnnoise_py.runs.toml import parse_toml
from rnnoise_py.runs.workers import available_cores

CONNECT_SECONDS: Final = 10  #: until a scheduler that does not answer is said to be unreachable
FIRST_WORKER_SECONDS: Final = 60.0  #: until a cluster that runs must have a worker; jobs in a queue may take longer
#: of workers that Dask starts; its own has memory given back after each block, which costs a quarter of the time
_ENVIRONMENT: Final = {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}
LOST_SECONDS: Final = 10.0  #: without a scheduler, after which the run ends
_WIDTH_SECONDS: Final = 2.0  # how long the number of workers is taken to stay the same

#: keys of a profile: type, and what Dask-jobqueue calls it
PROFILE: Final[dict[str, tuple[type, str]]] = {
    "jobs": (int, ""),
    "queue": (str, "queue"),
    "account": (str, "account"),
    "cores": (int, "cores"),
    "memory": (str, "memory"),
    "walltime": (str, "walltime"),
    "interface": (str, "interface"),
    "local_directory": (str, "local_directory"),
    "log_directory": (str, "log_directory"),
    "python": (str, "python"),
    "prologue": (list, "job_script_prologue"),
    "directives": (list, "job_extra_directives"),
}
_DEFAULTS: Final[dict[str, Any]] = {"jobs": 1, "cores": 1, "memory": "2GB", "walltime": "24:00:00"}
_KINDS: Final[dict[type, str]] = {int: "a whole number, 1 or more", str: "text", list: "a list of texts"}


def cluster_option() -> Any:
    """``--cluster``: the same in every command."""
    return option(
        None,
        "Run on a cluster: local[:N], tcp://HOST:PORT of a Dask scheduler, or slurm[:profile.toml].",
        metavar="WHERE",
        decides=False,
        recipe=False,
        default_text="this process",
    )


class ClusterExecutor(Executor):
    """Workers of a Dask scheduler as an executor."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._inner: Any = client.get_executor(pure=False)
        self._width, self._asked = 1, -_WIDTH_SECONDS
        self._seen = time.monotonic()  # when the scheduler was there

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> "Future[Any]":
        """Run a function on a worker."""
        future: Future[Any] = self._inner.submit(function, *arguments, **named)
        return future

    def width(self) -> int:
        """Return how many workers there are now: some may come and go."""
        now = time.monotonic()
        if now - self._asked >= _WIDTH_SECONDS:
            with contextlib.suppress(OSError, ValueError, KeyError):  # the scheduler is gone: tasks will say so
                self._width = len(self._client.scheduler_info(n_workers=-1)["workers"])
            self._asked = now
        return self._width

    def check_alive(self) -> None:
        """Raise :class:`RNNoiseError` when the scheduler has been gone for a while: a new one knows no tasks."""
        now = time.monotonic()
        if self._client.status == "running":
            self._seen = now
        elif now - self._seen > LOST_SECONDS:
            raise RNNoiseError(
                "the scheduler is gone: start it and its workers again; what is done is kept where the command knows "
                "--resume"
            )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the tasks; the cluster is not ended."""
        self._inner.shutdown(wait=wait)


def executor_of(where: str | None, given: Executor | None) -> AbstractContextManager[Executor | None]:
    """Open the executor that a step runs on: the one that it is given, else ``--cluster``, else None."""
    return opened_cluster(where) if given is None else contextlib.nullcontext(given)


@contextlib.contextmanager
def opened_cluster(where: str | None) -> Iterator[Executor | None]:
    """Connect to the cluster that is meant, or start it; None where none is wanted.

    Parameters
    ----------
    where
        As ``--cluster`` takes it.

    Raises
    ------
    InputError
        When it is no such word, the scheduler cannot be reached, or its workers cannot be used.
    DependencyError
        Where Dask is not installed.
    """
    if where is None:
        yield None
        return
    kind, _, rest = where.partition(":")
    if kind == "local":
        start = _local(rest)
    elif kind == "slurm":
        start = _slurm(rest)
    elif kind in {"tcp", "tls"}:
        start = _running(where)
    else:
        raise InputError(f"--cluster {where!r}: needed is local[:N], tcp://HOST:PORT or slurm[:profile.toml]")
    with start as client:
        executor = ClusterExecutor(client)
        try:
            yield executor
        finally:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                executor.shutdown(wait=False)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise DependencyError("--cluster needs Dask: pip install distributed dask-jobqueue, on all machines") from error
    return distributed


@contextlib.contextmanager
def _local(count: str) -> Iterator[Any]:
    if count and not re.fullmatch(r"[1-9][0-9]{0,3}", count):
        raise InputError(f"--cluster local:{count}: needed is a number of processes, 1 … 9999")
    distributed = _distributed()
    _be_quiet()
    workers = int(count) if count else available_cores()
    with contextlib.ExitStack() as stack:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
            memory_limit=None,
        )
        stack.callback(_closed, cluster)
        client = stack.enter_context(_client(cluster))
        client.wait_for_workers(workers, timeout=FIRST_WORKER_SECONDS)
        yield client


@contextlib.contextmanager
def _running(address: str) -> Iterator[Any]:
    if not re.fullmatch(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[^:/\s]+):[0-9]{1,5}", address):
        raise InputError(f"--cluster {address}: needed is tcp://HOST:PORT, as `dask scheduler` says it")
    _distributed()
    _be_quiet()
    with _client(address) as client:
        try:
            client.wait_for_workers(1, timeout=FIRST_WORKER_SECONDS)
        except TimeoutError as error:
            raise InputError(
                f"{address} has no workers: start some with `dask worker {address} --nthreads 1`"
            ) from error
        _check_workers(client)
        yield client


@contextlib.contextmanager
def _slurm(profile: str) -> Iterator[Any]:
    values = read_profile(Path(profile)) if profile else dict(_DEFAULTS)
    _distributed()
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise DependencyError("--cluster slurm needs dask-jobqueue: pip install dask-jobqueue") from error
    _be_quiet()
    named = {PROFILE[name][1]: value for name, value in values.items() if PROFILE[name][1]}
    with contextlib.ExitStack() as stack:
        try:
            cluster = SLURMCluster(processes=values["cores"], **named)
            stack.callback(_closed, cluster)
            cluster.scale(jobs=values["jobs"])
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(f"--cluster slurm: {' '.join(str(error).split())}") from error
        client = stack.enter_context(_client(cluster))
        client.wait_for_workers(1)  # as long as the queue takes
        _check_workers(client)
        yield client


def read_profile(path: Path) -> dict[str, Any]:
    """Read a profile of a SLURM cluster.

    Raises
    ------
    InputError
        When it cannot be read, or a key or value is not one of :data:`PROFILE`.
    """
    _, content = parse_toml(path)
    for name, value in content.items():
        if name not in PROFILE:
            near = difflib.get_close_matches(name, PROFILE, n=1, cutoff=0)
            raise InputError(f"{path} has no key {name!r}: the nearest is {near[0]} (there are {', '.join(PROFILE)})")
        kind = PROFILE[name][0]
        usable = isinstance(value, kind) and not isinstance(value, bool)
        usable = usable and (kind is not int or value >= 1)
        usable = usable and (kind is not list or all(isinstance(item, str) for item in value))
        if not usable:
            raise InputError(f"{path}: {name} = {value!r}: needed is {_KINDS[kind]}")
    return {**_DEFAULTS, **content}


@contextlib.contextmanager
def _client(where: Any) -> Iterator[Any]:
    from distributed import Client

    try:
        client = Client(where, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(f"--cluster {where}: no scheduler answers there; start one, or name another") from error
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):  # nobody may be there any more
            client.close(timeout=2)


def _closed(cluster: Any) -> None:
    with contextlib.suppress(Exception):  # some of its processes may be gone
        cluster.close(timeout=5)


def _check_workers(client: Any) -> None:
    """Refuse now what each task would refuse, and workers that do several tasks at a time."""
    for address, threads in client.nthreads().items():
        if threads != 1:
            raise InputError(f"worker {address} has {threads} threads: start it with --nthreads 1, one for each core")
    from rnnoise_py.runs.driver import software

    found = client.run(_looked_at, software(), os.getcwd(), on_error="return")
    for address, answer in found.items():
        if isinstance(answer, RNNoiseError):
            raise answer
        if isinstance(answer, BaseException):
            raise InputError(f"worker {address} cannot be used: {' '.join(str(answer).split())}")


def _looked_at(expected: dict[str, str], folder: str) -> None:
    """Check a worker, in it."""
    from rnnoise_py.runs.driver import check_worker

    check_worker(expected, folder)


def _be_quiet() -> None:
    """Keep what Dask logs about workers that come and go off the terminal; set what a long run needs."""
    import dask
    import distributed  # noqa: F401 - sets the levels of its loggers, which are changed now

    known = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in {"distributed", "tornado"}]
    for name in (*known, "asyncio", "concurrent.futures"):  # the last two where a scheduler goes away
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    dask.config.set(
        {
            "distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s",
            "distributed.worker.profile.enabled": False,  # looks a hundred times a second
            "distributed.admin.system-monitor.interval": "5s",
            "distributed.nanny.pre-spawn-environ": _ENVIRONMENT,
        }
    )
