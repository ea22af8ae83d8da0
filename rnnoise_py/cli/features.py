"""``rnnoise-py features``: clean speech and noise → training rows."""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnoise_py.cli import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, force_option, seed_option, verbosity, workers_option
from rnnoise_py.cli.streams import binary_stdout

if TYPE_CHECKING:
    from rnnoise_py.rows.inputs import Inputs
    from rnnoise_py.rows.job import RowsJob

Starts = tuple[int, int]  # frames of clean and noise
_ESTIMATE_SECONDS = 0.5  # of work after which the time that is left is said


@click.command()
@click.argument("clean", type=PATH)
@click.argument("noise", type=PATH)
@click.option("-n", "--count", type=int, help="Rows (of each shard). Default: one pass over CLEAN.")
@click.option("-o", "--output", type=PATH, required=True, help="OUT.h5, OUT.f32 (bare), - (stdout, bare).")
@seed_option
@workers_option
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Files OUT.K-of-N.h5 with seeds S, S+1, … and the manifest OUT.json.",
)
@click.option(
    "--block-rows",
    type=click.IntRange(min=1),
    default=2048,
    show_default=True,
    help="Rows made and written at a time; the rows do not depend on it.",
)
@click.option(
    "--start",
    type=click.IntRange(min=0),
    nargs=2,
    default=(0, 0),
    show_default=True,
    metavar="CLEAN NOISE",
    help="Frames (10 ms) at which to begin; what lies before comes after the end.",
)
@click.option("--spread", is_flag=True, help="Shard k of N begins (k−1)/N of CLEAN and of NOISE later.")
@click.option("--resume", is_flag=True, help="Go on where the same command was interrupted or killed.")
@force_option
@verbosity
def command(
    clean: Path,
    noise: Path,
    count: int | None,
    output: Path,
    seed: int,
    workers: int,
    shards: int,
    block_rows: int,
    start: tuple[int, int],
    spread: bool,
    resume: bool,
    force: bool,
) -> None:
    """Make training rows (87 float32 each) from CLEAN speech and NOISE.

    CLEAN and NOISE are files - bare 16-bit 48 kHz mono (.raw .pcm .s16) or anything libsndfile reads - or
    folders of them, taken in natural order. Rows are the same bits as the RNNoise v0.1 training tool's.
    Exit codes: 0 done, 1 done but files of a folder were left out, 2 unusable input, 130 interrupted.
    """
    from rnnoise_py.audio.open_file import cut_short
    from rnnoise_py.dataset.pairing import sameness_notes
    from rnnoise_py.rows.extractor import check_count, check_seed
    from rnnoise_py.rows.inputs import Inputs
    from rnnoise_py.rows.shards import warn_of_copies
    from rnnoise_py.runs.progress import note, warn

    check_seed(seed)
    if count is not None:
        check_count(count)
    if seed == 0:
        warn("--seed 0 equals --seed 1, as in the C library")
    _check_name(output, shards)
    with Inputs(clean, noise) as inputs:
        for line in inputs.notes:
            note(line)
        for line in sameness_notes([clean], [noise]):
            warn(line)
        if inputs.truncated:
            warn(cut_short(inputs.truncated))
        if count is None:
            count = inputs.clean_rows
            note(f"-n {count}: one pass over {clean} ({count:,} frames of 10 ms)")
        _note_pairing(inputs, count)
        if not spread:
            warn_of_copies(count, shards)
        starts = _starts(inputs, start, shards if spread else 1) * (1 if spread else shards)
        if str(output) == "-":
            _to_stdout(inputs, starts, count, seed, workers, block_rows, resume)
        else:
            _to_files(inputs, starts, output, count, seed, workers, block_rows, resume, force)
        if inputs.skipped:
            sys.exit(EXIT_DIFFERS)


def _check_name(output: Path, shards: int) -> None:
    """Refuse an output before the inputs are opened, which may take a while."""
    if str(output) == "-":
        binary_stdout("the rows")
        return
    from rnnoise_py.rows.job import check_output
    from rnnoise_py.rows.shards import shard_paths

    check_output(output if shards == 1 else shard_paths(output, shards)[0])


def _starts(inputs: "Inputs", start: Starts, parts: int) -> list[Starts]:
    """Where ``parts`` runs begin in clean and noise, spread evenly over both."""
    from rnnoise_py.errors import InputError
    from rnnoise_py.rows.shards import spread_starts

    frames = inputs.clean_rows, inputs.noise_rows
    for path, first, count in zip(inputs.paths, start, frames, strict=True):
        if first >= count:
            raise InputError(f"--start {first} is beyond the end of {path}: give 0 … {count - 1}")
    return spread_starts(frames, start, parts)


def _note_pairing(inputs: "Inputs", count: int) -> None:
    """Say when clean and noise have lengths that bring the same pairs of frames back early."""
    from rnnoise_py.runs.progress import note

    clean, noise = inputs.clean_rows, inputs.noise_rows
    again = math.lcm(clean, noise)
    if again < min(count, clean * noise):
        note(
            f"note: {clean:,} and {noise:,} frames meet in the same pairs every {again:,} rows; "
            f"a noise that is one frame shorter or longer would pair anew"
        )


def _to_stdout(
    inputs: "Inputs", starts: list[Starts], count: int, seed: int, workers: int, block_rows: int, resume: bool
) -> None:
    import hashlib

    from rnnoise_py.errors import InputError
    from rnnoise_py.rows.extractor import RowExtractor
    from rnnoise_py.rows.store import row_bytes
    from rnnoise_py.runs.progress import Progress, note

    if len(starts) > 1 or resume:
        raise InputError("-o - is one stream: --shards and --resume need a file (-o OUT.h5)")
    stdout, digest = binary_stdout("the rows"), hashlib.sha256()
    extractor = RowExtractor(*inputs.rotated(starts[0]), seed, workers)
    with Progress(count, "row", "features") as progress:
        for block in extractor.blocks(count, min(block_rows, count)):
            content = row_bytes(block)
            stdout.write(content)
            digest.update(content)
            progress.update(len(block))
        stdout.flush()
    note(f"stdout: {count:,} rows, sha256 {digest.hexdigest()}")


def _to_files(
    inputs: "Inputs",
    starts: list[Starts],
    output: Path,
    count: int,
    seed: int,
    workers: int,
    block_rows: int,
    resume: bool,
    force: bool,
) -> None:
    from rnnoise_py.errors import OutputError
    from rnnoise_py.rows import needs
    from rnnoise_py.rows.checkpoint import discard
    from rnnoise_py.rows.job import RowsJob
    from rnnoise_py.rows.shards import manifest_path, run_jobs, shard_paths, shard_seeds, write_shard_manifest
    from rnnoise_py.runs.progress import Progress, note
    from rnnoise_py.runs.space import size

    shards = len(starts)
    paths = [output] if shards == 1 else shard_paths(output, shards)
    manifest = manifest_path(output)
    if shards > 1 and manifest.exists() and not (force or resume):
        raise OutputError(f"output {manifest} exists: add --force to replace it, or choose another name")
    inputs.start_digests()
    parts = zip(paths, shard_seeds(seed, shards), starts, strict=True)
    jobs = [RowsJob(path, inputs, count, own_seed, own_starts) for path, own_seed, own_starts in parts]
    for job in jobs:
        job.check(resume=resume, force=force)
    to_come = sum(job.bytes_to_come for job in jobs)
    needs.check_row_space(output.parent, to_come)
    rows_left = sum(count - job.rows_done for job in jobs)
    if not resume:
        for job in jobs:
            if job.left_over:
                note(f"{job.out}: starting over; an interrupted run is dropped (--resume would have gone on)")
    elif rows_left < count * shards:
        note(f"resuming: {count * shards - rows_left:,} of {count * shards:,} rows are there")
    if rows_left:
        streams = min(workers, shards)
        note(
            f"{rows_left:,} rows: {size(to_come)} of disk, about "
            f"{size(needs.memory_bytes(streams, min(block_rows, count)))} of memory"
        )
        if needs.first_run():
            note("compiling the kernels, once: about half a minute")
    with Progress(rows_left, "row", "features") as progress:
        try:
            run_jobs(jobs, _counter(progress.update, rows_left), workers=workers, block_rows=block_rows)
        except KeyboardInterrupt:
            _say_how_to_go_on(jobs)
            raise
    if shards > 1:
        write_shard_manifest(output, jobs)
    for job in jobs:
        discard(job.out)
        note(f"{job.out}: {count:,} rows, seed {job.description.seed}, sha256 {job.row_sha256}")
    if shards > 1:
        note(f"{manifest}: {shards} shards")


def _counter(update: Callable[[int], None], total: int) -> Callable[[int], None]:
    """Count rows; after the first ones say how long the rest will take."""
    from rnnoise_py.runs.progress import note
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
        if not said and now - started >= _ESTIMATE_SECONDS:
            said = True
            rate = since_start / (now - started)
            note(f"about {duration((total - done) / rate)} to go at {rate:,.0f} rows/s")

    return count_rows


def _say_how_to_go_on(jobs: "list[RowsJob]") -> None:
    from rnnoise_py.runs.progress import note

    done = sum(job.rows_done for job in jobs)
    if done:
        total = sum(job.description.count for job in jobs)
        note(f"{done:,} of {total:,} rows are kept: the same command with --resume goes on from there")
