"""Files of rows, one a shard: checked, made side by side, named; and what is said meanwhile."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rnnoise_py.rows import needs
from rnnoise_py.rows.checkpoint import discard
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.job import RowsJob
from rnnoise_py.rows.shards import run_jobs, write_shard_manifest
from rnnoise_py.runs.atomic import check_new
from rnnoise_py.runs.progress import Progress, note
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

    Raises
    ------
    InputError
        When what is to be resumed is another run's.
    OutputError
        When an output exists, cannot be written, or the disk has no room.
    """
    if manifest is not None:
        check_new(manifest, force=force or resume)
    inputs.start_digests()
    for job in jobs:
        job.check(resume=resume, force=force)
    to_come = sum(job.bytes_to_come for job in jobs)
    needs.check_row_space(jobs[0].out.parent, to_come)
    rows_left = sum(job.description.count - job.rows_done for job in jobs)
    _say_before(jobs, rows_left, to_come, resume=resume, workers=workers, block_rows=block_rows)
    with Progress(rows_left, "row", "features") as shown:
        try:
            run_jobs(jobs, _counter(shown.update, rows_left), workers=workers, block_rows=block_rows)
        except KeyboardInterrupt:
            _say_how_to_go_on(jobs)
            raise
    if manifest is not None:
        write_shard_manifest(manifest, jobs, inputs.sources())
    for job in jobs:
        discard(job.out)
        note(f"{job.out}: {job.description.count:,} rows, seed {job.description.seed}, sha256 {job.row_sha256}")
    if manifest is not None:
        note(f"{manifest}: {len(jobs)} shards")


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
