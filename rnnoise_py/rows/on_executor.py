"""Files of rows made by the workers of an executor.

A task is a file, or a few that are mixed by one kernel where there are many for each worker; another worker can take
each of them over.
"""

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.rows.attempts import new_attempt
from rnnoise_py.rows.description import Source, Sources
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.job import RowsJob
from rnnoise_py.rows.shards import MOST_TOGETHER, run_jobs
from rnnoise_py.runs.driver import width
from rnnoise_py.runs.provenance import describe_source
from rnnoise_py.runs.workers import run_tasks


@dataclass(frozen=True)
class Work:
    """What all tasks of a run have in common."""

    opener: Callable[[], Inputs]
    sources: Sources  #: with digests; in brief, for it goes with every task
    seen: str  #: digest of the roles and sizes of all files
    count: int  #: rows of each file
    block_rows: int
    mixer: str


@dataclass(frozen=True)
class Task:
    """One file."""

    number: int
    out: Path
    seed: int
    starts: tuple[int, int]


def run_jobs_on(
    executor: Executor, jobs: Sequence[RowsJob], inputs: Inputs, block_rows: int
) -> Generator[int, None, None]:
    """Let workers make the rows of the jobs that are not finished; yields how many rows came to each that is.

    Raises
    ------
    InputError
        When a worker does not see the same inputs.
    OutputError
        When rows cannot be written; what is there is kept.
    """
    first = jobs[0].description
    brief, seen = inputs.sources().brief, _seen(inputs.pending)
    work = Work(inputs.opener, brief, seen, first.count, block_rows, first.mixer)
    tasks = []
    for number, job in enumerate(jobs):
        if not job.finished:
            seed = job.description.seed
            assert seed is not None
            tasks.append(Task(number, job.out, seed, job.description.starts))
    most = max(1, min(MOST_TOGETHER, len(tasks) // width(executor)))
    together = [tuple(tasks[first : first + most]) for first in range(0, len(tasks), most)]
    for made in run_tasks(make_some, work, together, 1, executor):
        for number, digest in made:
            rows = jobs[number].description.count - jobs[number].rows_done
            jobs[number].finished_elsewhere(digest)
            yield rows


def make_some(work: Work, tasks: tuple[Task, ...]) -> list[tuple[int, str]]:
    """Make some files of rows, or the rest of them; in a worker. Returns number and digest of the rows of each."""
    from rnnoise_py.rows.warm import warm_kernels

    warm_kernels()
    inputs = _opened(work)
    jobs = [
        RowsJob(task.out, inputs, work.count, task.seed, task.starts, mixer=work.mixer, attempt=new_attempt(task.out))
        for task in tasks
    ]
    for job in jobs:
        job.take_over()
    run_jobs(jobs, lambda rows: None, block_rows=work.block_rows)
    return [(task.number, job.row_sha256) for task, job in zip(tasks, jobs, strict=True)]


def _opened(work: Work) -> Inputs:
    """Return the inputs, opened once a process: all tasks of a run come with the same object."""
    global _open  # noqa: PLW0603 - kept for the next task
    with _opening:  # an executor of threads brings several tasks at once
        if _open is None or _open[0] is not work:
            if _open is not None:
                _open[1].close()
                _open = None
            inputs = work.opener()
            if _seen(inputs.pending) != work.seen:
                clean, noise = map(printable, inputs.paths)
                inputs.close()
                raise InputError(
                    f"worker {socket.gethostname()} sees other files in {clean} or {noise} than the driver: all "
                    "machines need the same"
                )
            inputs.know_sources(work.sources)
            _open = work, inputs
        return _open[1]


def _seen(pending: Sources) -> str:
    """Digest of what a machine sees of the inputs without reading them."""
    files = [[source["role"], source["size"]] for source in pending.files]
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


_opening = threading.Lock()
_open: tuple[Work, Inputs] | None = None


def digests_on(executor: Executor, inputs: Inputs, progress: Callable[[int], None]) -> None:
    """Let workers make the digests of the inputs, unless they are known."""
    if inputs.sources_known:
        return
    files = inputs.pending.files
    paths = [*inputs.clean.files, *inputs.noise.files]
    known = inputs.digests
    found: list[Source] = [{**file, "sha256": sha256} for file, sha256 in zip(files, known, strict=True)]
    unknown = [(number, path) for number, path in enumerate(paths) if not known[number]]
    progress(len(paths) - len(unknown))
    for number, sha256 in run_tasks(file_digest, None, unknown, 1, executor):
        found[number]["sha256"] = sha256
        progress(1)
    sources = Sources(tuple(found))
    if unknown:
        inputs.learn(sources)
    inputs.know_sources(sources)


def file_digest(state: None, task: tuple[int, Path]) -> tuple[int, str]:
    """Return the number of a file and its SHA-256; in a worker."""
    number, path = task
    return number, str(describe_source(path)["sha256"])
