"""Files of rows, one a shard: checked, made side by side, named; and what is said meanwhile."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rnnoise_py.rows import needs
from rnnoise_py.rows.attempts import discard_all
from rnnoise_py.rows.inputs import Inputs, forget_known
from rnnoise_py.rows.job import RowsJob
from rnnoise_py.rows.on_executor import digests_on, run_jobs_on
from rnnoise_py.rows.shards import run_jobs, write_shard_manifest
from rnnoise_py.rows.source_list import write_whole_list
from rnnoise_py.runs.atomic import check_new
from rnnoise_py.runs.lock import locked, locks_work
from rnnoise_py.runs.progress import Progress, note, warn
from rnnoise_py.runs.space import duration, size

ESTIMATE_SECONDS: Final = 0.5  # of work after which the time that is left is said


def make_files(
    jobs: Sequence[RowsJob],
    inputs: Inputs,
    *,
    manifest: Path | None = None,
    resume: bool = False,
    force: bool = False,
    workers: int = 1,
    block_rows: int,
    executor: Executor | None = None,
) -> None:
    """Make the rows of some jobs, or the rest of them, and the manifest that says which belong together.

    Parameters
    ----------
    jobs
        One a file, each of as many rows.
    inputs
        Those of the jobs.
    manifest
        Where to write the manifest, if one is wanted.
    resume, force
        Go on with what lies there; replace it.
    workers
        Threads.
    block_rows
        Rows that are made and written at a time.
    executor
        Makes the files instead of threads of ours.

    Raises
    ------
    InputError
        When what is to be resumed is another run's.
    OutputError
        When an output exists, cannot be written, or the disk has no room.
    """
    if manifest is not None:
        check_new(manifest, force=force or resume)
    with _alone(manifest or jobs[0].out, held=executor is not None):
        if executor is not None:
            _share_digests(executor, inputs)
            inputs.share(manifest or jobs[0].out)
        inputs.start_digests()
        for job in jobs:
            job.check(resume=resume, force=force)
        _make(jobs, inputs, resume=resume, workers=workers, block_rows=block_rows, executor=executor)
        write_whole_list(jobs[0].out.parent, inputs.sources())
        if manifest is not None:
            write_shard_manifest(manifest, jobs, inputs.sources())
        for job in jobs:
            discard_all(job.out)
    for job in jobs:
        note(f"{job.out}: {job.description.count:,} rows, seed {job.description.seed}, sha256 {job.row_sha256}")
    if manifest is not None:
        note(f"{manifest}: {len(jobs)} shards")


@contextmanager
def _alone(out: Path, *, held: bool) -> Iterator[None]:
    """Be the only one that spreads the work on ``out`` over workers; a plain run looks whether one does."""
    path = out.with_name(f".{out.name}.driver")
    if not held and not path.exists():
        yield
        return
    with locked(path, out):
        try:
            if held:
                if not locks_work(path):
                    warn(f"the disk of {out} has no locks: nothing keeps another run from writing it too")
                yield
        finally:
            forget_known(out)
            path.unlink(missing_ok=True)
    if not held:
        yield


def _share_digests(executor: Executor, inputs: Inputs) -> None:
    files = len(inputs.pending.files)
    with Progress(files, "file", "digests") as shown:
        digests_on(executor, inputs, shown.update)


def _make(
    jobs: Sequence[RowsJob], inputs: Inputs, *, resume: bool, workers: int, block_rows: int, executor: Executor | None
) -> None:
    """Make the rows that are missing."""
    to_come = sum(job.bytes_to_come for job in jobs)
    needs.check_row_space(jobs[0].out.parent, to_come)
    rows_left = sum(job.description.count - job.rows_done for job in jobs)
    _say_before(jobs, rows_left, to_come, resume=resume, workers=workers, block_rows=block_rows)
    with Progress(rows_left, "row", "features") as shown:
        try:
            count = _counter(shown.update, rows_left)
            if executor is None:
                run_jobs(jobs, count, workers=workers, block_rows=block_rows)
                return
            if not resume:
                for job in jobs:
                    discard_all(job.out)
            for rows in run_jobs_on(executor, jobs, inputs, block_rows):
                count(rows)
        except KeyboardInterrupt:
            _say_how_to_go_on(jobs)
            raise


def _say_before(
    jobs: Sequence[RowsJob], rows_left: int, to_come: int, *, resume: bool, workers: int, block_rows: int
) -> None:
    """Say what is resumed or dropped, and what the work takes."""
    total = sum(job.description.count for job in jobs)
    if not resume:
        for job in jobs:
            if job.left_over:
                note(f"{job.out}: starting over; an interrupted run is dropped (--resume would have gone on)")
    elif rows_left < total:
        note(f"resuming: {total - rows_left:,} of {total:,} rows are there")
    if rows_left:
        most = min(block_rows, max(job.description.count for job in jobs))
        memory = size(needs.memory_bytes(min(workers, len(jobs)), most))
        note(f"{rows_left:,} rows: {size(to_come)} of disk, about {memory} of memory")
        if needs.first_run():
            note("compiling the kernels, once: about half a minute")


def _counter(update: Callable[[int], None], total: int) -> Callable[[int], None]:
    """Count rows; after the first ones say how long the rest will take."""
    started: float | None = None  # when the first block was there: compiling is not counted
    done, since_start, said = 0, 0, sys.stderr.isatty()  # a bar says it all the time

    def count_rows(rows: int) -> None:
        nonlocal started, done, since_start, said
        done += rows
        update(rows)
        now = time.monotonic()
        if started is None:
            started = now
            return
        since_start += rows
        if not said and now - started >= ESTIMATE_SECONDS:
            said = True
            rate = since_start / (now - started)
            note(f"about {duration((total - done) / rate)} to go at {rate:,.0f} rows/s")

    return count_rows


def _say_how_to_go_on(jobs: Sequence[RowsJob]) -> None:
    done = sum(job.rows_done for job in jobs)
    if done:
        total = sum(job.description.count for job in jobs)
        note(f"{done:,} of {total:,} rows are kept: the same command with --resume goes on from there")
