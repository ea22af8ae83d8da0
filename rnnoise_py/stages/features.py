"""Clean speech and noise → files of training rows, the same bits as the RNNoise v0.1 training tool's."""

import hashlib
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import check_new
from rnnoise_py.runs.progress import Progress, Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, resume_option, seed_option, workers_option
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.rows.inputs import Inputs
    from rnnoise_py.rows.job import RowsJob

VERSION: Final = 1  #: changes when the same settings give other rows
STDOUT: Final = Path("-")  #: an output that only the command line knows
ESTIMATE_SECONDS: Final = 0.5  # of work after which the time that is left is said

Starts = tuple[int, int]  # frames of clean and noise


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What rows to make, of what.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    clean: Path = option(help="File of clean speech, or a folder of files.", positional=True, recipe=False)
    noise: Path = option(help="File of noise, or a folder of files.", positional=True, recipe=False)
    output: Path = option(help="OUT.h5, OUT.f32 (bare), - (stdout, bare).", short="-o", decides=False, recipe=False)
    count: int | None = option(None, "Rows (of each shard).", short="-n", minimum=1, default_text="one pass over CLEAN")
    seed: int = seed_option()
    workers: int | None = workers_option()
    shards: int = option(1, "Files OUT.K-of-N.h5 with seeds S, S+1, … and the manifest OUT.json.", minimum=1)
    block_rows: int = option(
        2048, "Rows made and written at a time; the rows do not depend on it.", minimum=1, decides=False, recipe=False
    )
    start: tuple[int, int] = option(
        (0, 0),
        "Frames (10 ms) at which to begin; what lies before comes after the end.",
        metavar="CLEAN NOISE",
        minimum=0,
    )
    spread: bool = option(False, "Shard k of N begins (k−1)/N of CLEAN and of NOISE later.")
    resume: bool = resume_option()
    force: bool = force_option()

    def __post_init__(self) -> None:
        from rnnoise_py.rows.extractor import check_count, check_seed
        from rnnoise_py.rows.shards import shard_seeds

        super().__post_init__()
        check_seed(self.seed)
        shard_seeds(self.seed, self.shards)
        if self.count is not None:
            check_count(self.count)


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """The files that were made."""

    outputs: tuple[Path, ...]  #: one a shard, in the order of their seeds
    digests: tuple[str, ...]  #: SHA-256 of each file's rows, little-endian float32 in C order
    rows: int  #: in all files
    manifest: Path | None = None  #: of shards


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Make the rows, or the rest of them.

    Parameters
    ----------
    settings
        What to make.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When an input cannot be used, or what is to be resumed is another run's.
    OutputError
        When an output exists (without ``force``), cannot be written, or the disk has no room.
    """
    from rnnoise_py.rows.job import check_output

    with reporting(progress) as reporter:
        check_output(_paths(settings)[0])
        with _opened(settings) as (inputs, count, starts):
            jobs = _make(settings, inputs, count, starts)
            return Result(
                outputs=tuple(job.out for job in jobs),
                digests=tuple(job.row_sha256 for job in jobs),
                rows=count * len(jobs),
                manifest=_manifest(settings),
                warnings=tuple(reporter.warnings),
                incomplete=inputs.skipped,
            )


def stream(settings: Settings, file: BinaryIO, progress: Reporter | None = None) -> Result:
    """Write bare rows to an open file, e.g. a pipe, instead of ``settings.output``.

    Raises
    ------
    InputError
        As :func:`run`, and for shards or a resumed run.
    """
    from rnnoise_py.rows.extractor import RowExtractor
    from rnnoise_py.rows.store import row_bytes

    with reporting(progress) as reporter, _opened(settings) as (inputs, count, starts):
        if settings.shards > 1 or settings.resume:
            raise InputError("-o - is one stream: --shards and --resume need a file (-o OUT.h5)")
        digest = hashlib.sha256()
        extractor = RowExtractor(*inputs.rotated(starts[0]), settings.seed, cores(settings.workers))
        with Progress(count, "row", "features") as shown:
            for block in extractor.blocks(count, min(settings.block_rows, count)):
                content = row_bytes(block)
                file.write(content)
                digest.update(content)
                shown.update(len(block))
            file.flush()
        note(f"stdout: {count:,} rows, sha256 {digest.hexdigest()}")
        return Result(
            outputs=(),
            digests=(digest.hexdigest(),),
            rows=count,
            warnings=tuple(reporter.warnings),
            incomplete=inputs.skipped,
        )


def _paths(settings: Settings) -> list[Path]:
    from rnnoise_py.rows.shards import shard_paths

    return [settings.output] if settings.shards == 1 else shard_paths(settings.output, settings.shards)


def _manifest(settings: Settings) -> Path | None:
    from rnnoise_py.rows.shards import manifest_path

    return None if settings.shards == 1 else manifest_path(settings.output)


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple["Inputs", int, list[Starts]]]:
    """Open the inputs, say what is odd about them; how many rows to make, and where each shard begins."""
    from rnnoise_py.audio.open_file import cut_short
    from rnnoise_py.dataset.pairing import sameness_notes
    from rnnoise_py.rows.inputs import Inputs
    from rnnoise_py.rows.shards import warn_of_copies

    if settings.seed == 0:
        warn("--seed 0 equals --seed 1, as in the C library")
    with Inputs(settings.clean, settings.noise) as inputs:
        for line in inputs.notes:
            note(line)
        for line in sameness_notes([settings.clean], [settings.noise]):
            warn(line)
        if inputs.truncated:
            warn(cut_short(inputs.truncated))
        count = settings.count
        if count is None:
            count = inputs.clean_rows
            note(f"-n {count}: one pass over {settings.clean} ({count:,} frames of 10 ms)")
        _note_pairing(inputs, count)
        shards = settings.shards
        if not settings.spread:
            warn_of_copies(count, shards)
        starts = _starts(inputs, settings.start, shards if settings.spread else 1)
        yield inputs, count, starts * (1 if settings.spread else shards)


def _starts(inputs: "Inputs", start: Starts, parts: int) -> list[Starts]:
    """Where ``parts`` runs begin in clean and noise, spread evenly over both."""
    from rnnoise_py.rows.shards import spread_starts

    frames = inputs.clean_rows, inputs.noise_rows
    for path, first, count in zip(inputs.paths, start, frames, strict=True):
        if first >= count:
            raise InputError(f"--start {first} is beyond the end of {path}: give 0 … {count - 1}")
    return spread_starts(frames, start, parts)


def _note_pairing(inputs: "Inputs", count: int) -> None:
    """Say when clean and noise have lengths that bring the same pairs of frames back early."""
    clean, noise = inputs.clean_rows, inputs.noise_rows
    again = math.lcm(clean, noise)
    if again < min(count, clean * noise):
        note(
            f"note: {clean:,} and {noise:,} frames meet in the same pairs every {again:,} rows; "
            f"a noise that is one frame shorter or longer would give new pairs"
        )


def _make(settings: Settings, inputs: "Inputs", count: int, starts: list[Starts]) -> "list[RowsJob]":
    from rnnoise_py.rows import needs
    from rnnoise_py.rows.checkpoint import discard
    from rnnoise_py.rows.job import RowsJob
    from rnnoise_py.rows.shards import run_jobs, shard_seeds, write_shard_manifest

    workers, shards = cores(settings.workers), settings.shards
    manifest = _manifest(settings)
    if manifest is not None:
        check_new(manifest, force=settings.force or settings.resume)
    inputs.start_digests()
    parts = zip(_paths(settings), shard_seeds(settings.seed, shards), starts, strict=True)
    jobs = [RowsJob(path, inputs, count, seed, start) for path, seed, start in parts]
    for job in jobs:
        job.check(resume=settings.resume, force=settings.force)
    to_come = sum(job.bytes_to_come for job in jobs)
    needs.check_row_space(settings.output.parent, to_come)
    rows_left = sum(count - job.rows_done for job in jobs)
    _say_before(settings, jobs, rows_left, count * shards, to_come)
    with Progress(rows_left, "row", "features") as shown:
        try:
            run_jobs(jobs, _counter(shown.update, rows_left), workers=workers, block_rows=settings.block_rows)
        except KeyboardInterrupt:
            _say_how_to_go_on(jobs)
            raise
    if manifest is not None:
        write_shard_manifest(settings.output, jobs)
    for job in jobs:
        discard(job.out)
        note(f"{job.out}: {count:,} rows, seed {job.description.seed}, sha256 {job.row_sha256}")
    if manifest is not None:
        note(f"{manifest}: {shards} shards")
    return jobs


def _say_before(settings: Settings, jobs: "list[RowsJob]", rows_left: int, total: int, to_come: int) -> None:
    """Say what is resumed or dropped, and what the work takes."""
    from rnnoise_py.rows import needs
    from rnnoise_py.runs.space import size

    if not settings.resume:
        for job in jobs:
            if job.left_over:
                note(f"{job.out}: starting over; an interrupted run is dropped (--resume would have gone on)")
    elif rows_left < total:
        note(f"resuming: {total - rows_left:,} of {total:,} rows are there")
    if rows_left:
        streams = min(cores(settings.workers), settings.shards)
        block_rows = min(settings.block_rows, total // settings.shards)
        memory = size(needs.memory_bytes(streams, block_rows))
        note(f"{rows_left:,} rows: {size(to_come)} of disk, about {memory} of memory")
        if needs.first_run():
            note("compiling the kernels, once: about half a minute")


def _counter(update: Callable[[int], None], total: int) -> Callable[[int], None]:
    """Count rows; after the first ones say how long the rest will take."""
    from rnnoise_py.runs.space import duration

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


def _say_how_to_go_on(jobs: "list[RowsJob]") -> None:
    done = sum(job.rows_done for job in jobs)
    if done:
        total = sum(job.description.count for job in jobs)
        note(f"{done:,} of {total:,} rows are kept: the same command with --resume goes on from there")
