"""Several seeds from the same inputs: shard k of N is exactly the run with seed S+k−1.

The shards are independent, so they are made side by side on threads; any of them can be made again alone.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from contextvars import copy_context
from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError
from rnnoise_py.rows.description import Sources
from rnnoise_py.rows.extractor import BLOCK_ROWS, CHUNK_ROWS
from rnnoise_py.rows.job import OnRows, RowsJob
from rnnoise_py.rows.mixer import MixerGroup
from rnnoise_py.rows.place import SUFFIXES
from rnnoise_py.runs.interrupts import undisturbed
from rnnoise_py.runs.progress import warn
from rnnoise_py.runs.provenance import write_manifest
from rnnoise_py.spec.constants import REDRAW_FRAMES

MOST_NAMED: Final = 10  # missing shards in a message
MOST_TOGETHER: Final = 4  # shards whose mixing is one kernel
MANIFEST_FORMAT: Final = "rnnoise training row shards 1"


def shard_paths(out: Path, shards: int) -> list[Path]:
    """Files of the shards, ``OUT.K-of-N.h5``; the suffix of ``out`` counts, ``.h5`` when it has none."""
    stem, suffix = _split(out)
    return [out.with_name(f"{stem}.{k}-of-{shards}{suffix}") for k in range(1, shards + 1)]


def manifest_path(out: Path) -> Path:
    """Return the manifest's path, ``OUT.json``."""
    return out.with_name(f"{_split(out)[0]}.json")


def _split(out: Path) -> tuple[str, str]:
    return (out.stem, out.suffix) if out.suffix.lower() in SUFFIXES else (out.name, ".h5")


def check_all_there(paths: Sequence[Path]) -> None:
    """Raise :class:`InputError` unless all shards are made; it names those that are not."""
    missing = [number for number, path in enumerate(paths, 1) if not path.is_file()]
    if missing:
        few = ", ".join(map(str, missing[:MOST_NAMED])) + (" …" if len(missing) > MOST_NAMED else "")
        raise InputError(
            f"{len(missing)} of {len(paths)} shards are not made yet (number {few}): make each with "
            f"--shard {missing[0]}/{len(paths)} --resume"
        )


def spread_starts(frames: tuple[int, int], starts: tuple[int, int], parts: int) -> list[tuple[int, int]]:
    """Starts of runs that are spread over the inputs: run k of N begins (k−1)/N of them after ``starts``.

    ``frames`` are those of clean and noise.
    """
    spread = []
    for k in range(parts):
        clean, noise = ((start + k * total // parts) % total for start, total in zip(starts, frames, strict=True))
        spread.append((clean, noise))
    return spread


def warn_of_copies(count: int, shards: int) -> None:
    """Warn when shards of ``count`` rows from the same starts are too short for their seeds to show."""
    if shards > 1 and count <= REDRAW_FRAMES:
        warn(
            f"shards of {count:,} rows are all the same: a seed shows from row {REDRAW_FRAMES + 1:,} on; "
            f"make more rows (-n) or add --spread"
        )


def run_jobs(jobs: Sequence[RowsJob], on_rows: OnRows, *, workers: int = 1, block_rows: int = BLOCK_ROWS) -> None:
    """Run jobs side by side on ``workers`` threads; when one fails or is interrupted, all stop and are kept.

    ``on_rows`` is called from one thread at a time.
    """
    if len(jobs) == 1:
        jobs[0].run(on_rows, workers=workers, block_rows=block_rows)
        return
    stop, turn = threading.Event(), threading.Lock()

    def count_rows(rows: int) -> None:
        with turn:
            on_rows(rows)

    groups = _groups(jobs, workers)
    threads = max(1, min(workers, len(groups)))
    pool = ThreadPoolExecutor(threads)
    try:
        running = [
            pool.submit(copy_context().run, _run_group, group, count_rows, workers // threads, block_rows, stop)
            for group in groups
        ]  # in this context, whose reporter hears what is said
        done, _ = wait(running, return_when=FIRST_EXCEPTION)
        stop.set()
        for future in done:
            future.result()
    finally:
        with undisturbed():
            stop.set()
            pool.shutdown(cancel_futures=True)


def _groups(jobs: Sequence[RowsJob], workers: int) -> list[list[RowsJob]]:
    """Jobs that have come equally far are made together, as many as leave no worker idle."""
    together = defaultdict(list)
    for job in jobs:
        if not job.finished:
            together[job.description.count, job.rows_done].append(job)
    most = min(MOST_TOGETHER, max(1, -(-len(jobs) // workers)))
    return [same[i : i + most] for same in together.values() for i in range(0, len(same), most)]


def _run_group(jobs: Sequence[RowsJob], on_rows: OnRows, workers: int, block_rows: int, stop: threading.Event) -> None:
    """Run one job, or several in turn that share a mixing kernel; its latency is paid once for all."""
    if len(jobs) == 1:
        jobs[0].run(on_rows, workers=workers, block_rows=block_rows, stop=stop)
        return
    group, block_rows = MixerGroup(CHUNK_ROWS, len(jobs)), min(block_rows, CHUNK_ROWS)
    with ExitStack() as stack:
        steps = [
            stack.enter_context(closing(job.steps(on_rows, block_rows=block_rows, stop=stop, group=group)))
            for job in jobs
        ]
        for _ in zip(*steps, strict=True):
            pass


def write_shard_manifest(manifest: Path, jobs: Sequence[RowsJob], sources: Sources) -> None:
    """Write which files belong together, made from what, with which seeds; ``train`` takes this file."""
    first = jobs[0].description
    files = [
        {
            "name": job.out.name,
            "seed": job.description.seed,
            "count": job.description.count,
            "starts": list(job.description.starts),
            "row_sha256": job.row_sha256,
        }
        for job in jobs
    ]
    content = {
        "format": MANIFEST_FORMAT,
        "files": files,
        "count": sum(job.description.count for job in jobs),
        "seed": first.seed,
        "sources": list(sources.files) if sources.brief.listed is None else dict(sources.brief.listed),
        "version": first.version,
    }
    write_manifest(manifest, content)
