"""What the driver of a large run costs: CPU and memory at up to 100,000 input files and 4,000 shards, no arithmetic.

    python -m benchmarks.bench_scale [--folder FOLDER] [--most-files 100000] [--most-shards 4000]

`features --cluster` with an engine that answers at once: what is measured is opening, digests, planning, the manifest,
and what is sent. The cost is fitted as amount ** exponent over a range of 16, files and shards apart; the first time
(every file is opened) and later (what is known of them is kept). Files are of 10 ms each and are made in FOLDER.
"""

import argparse
import json
import os
import pickle
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, Final

import numpy as np

STEPS: Final = (16, 8, 4, 2, 1)  # parts of the most
FEW_SHARDS, FEW_FILES = 4, 16
CHECKPOINTS: Final = 40
MOST_EXPONENT: Final = 1.05


class AtOnce(Executor):
    """Says that every task is done; counts what it was sent."""

    def __init__(self) -> None:
        self.bytes = 0

    def width(self) -> int:
        """As many workers as a small cluster has."""
        return 8

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **_: Any) -> "Future[Any]":
        """Return what the tasks would return."""
        from rnnoise_py.runs.driver import Reply

        (bundle,) = arguments
        self.bytes += len(pickle.dumps(bundle))
        function, _state = pickle.loads(zlib.decompress(bundle.work))
        digest = "0" * 64
        if function.__name__ == "file_digest":
            results: list[Any] = [(number, digest) for number, _ in bundle.tasks]
        else:
            results = [[(task.number, digest) for task in tasks] for tasks in bundle.tasks]
        done: Future[Any] = Future()
        done.set_result(Reply(results, seconds=1e-3))
        return done


def make_files(folder: Path, count: int) -> None:
    """Make speech and noise of a frame each, all different, a thousand a folder."""
    for kind, number in (("clean", count - count // 8), ("noise", count // 8)):
        for k in range(number):
            place = folder / kind / f"{k // 1000:03}"
            if k % 1000 == 0:
                place.mkdir(parents=True)
            pcm = struct.pack("<480h", *([k % 30_000] * 240 + [k // 30_000 + 1] * 240))
            head = struct.pack(
                "<4sI8sIHHIIHH4sI", b"RIFF", 996, b"WAVEfmt ", 16, 1, 1, 48_000, 96_000, 2, 16, b"data", 960
            )
            (place / f"f{k}.wav").write_bytes(head + pcm)
            os.utime(place / f"f{k}.wav", (1_700_000_000, 1_700_000_000))


def drive(folder: Path, shards: int) -> dict[str, float]:
    """Drive one run; in a process of its own."""
    from rnnoise_py.rows import job as jobs
    from rnnoise_py.rows.inputs import Inputs
    from rnnoise_py.stages import features

    engine = AtOnce()
    with tempfile.TemporaryDirectory() as out:
        settings = features.Settings(
            clean=folder / "clean", noise=folder / "noise", output=Path(out, "rows.h5"), count=1, shards=shards
        )
        start = time.process_time()
        features.run(settings, executor=engine)
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        times: list[float] = []
        with Inputs(folder / "clean", folder / "noise") as inputs:
            inputs.sources()
            job = jobs.RowsJob(Path(out, "one.h5"), inputs, 40_000, 1)
            save = jobs.save_checkpoint

            def timed(*arguments: Any) -> None:
                begun = time.process_time()
                save(*arguments)
                times.append(time.process_time() - begun)

            jobs.save_checkpoint, jobs.CHECKPOINT_SECONDS = timed, 0.0  # type: ignore[assignment, misc]
            job.run(lambda rows: None, block_rows=1000)
    return {
        "seconds": seconds,
        "peak MB": peak,
        "sent kB a shard": engine.bytes / shards / 1e3,
        "checkpoint ms": 1e3 * statistics.median(times),
    }


def measured(folder: Path, shards: int, cache: Path) -> dict[str, float]:
    """Drive a run in another process, whose cache this is."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_scale", "--drive", str(folder), str(shards)],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def exponent(amounts: list[int], seconds: list[float]) -> float:
    """Fit seconds = a · amount ** exponent."""
    return float(np.polyfit(np.log(amounts), np.log(seconds), 1)[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--most-files", type=int, default=100_000)
    parser.add_argument("--most-shards", type=int, default=4_000)
    parser.add_argument("--drive", nargs=2, metavar=("FOLDER", "SHARDS"))
    given = parser.parse_args()
    if given.drive:
        print(json.dumps(drive(Path(given.drive[0]), int(given.drive[1]))))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        rows: dict[str, list[tuple[int, dict[str, float]]]] = {
            "files, first time": [],
            "files, later": [],
            "shards": [],
        }
        for part in STEPS:
            files = given.most_files // part
            folder, cache = Path(scratch, f"files{files}"), Path(scratch, f"cache{files}")
            make_files(folder, files)
            rows["files, first time"].append((files, measured(folder, FEW_SHARDS, cache)))
            rows["files, later"].append((files, measured(folder, FEW_SHARDS, cache)))
        both = measured(folder, given.most_shards, cache)
        make_files(Path(scratch, "few"), FEW_FILES)
        for part in STEPS:
            shards = given.most_shards // part
            rows["shards"].append((shards, measured(Path(scratch, "few"), shards, Path(scratch, "cache"))))
    for name, points in rows.items():
        for amount, found in points:
            print(f"{name:18} {amount:7,} " + "  ".join(f"{what} {value:.3g}" for what, value in found.items()))
        fitted = exponent([amount for amount, _ in points], [found["seconds"] for _, found in points])
        print(f"{name:18} exponent {fitted:.2f}{'' if fitted <= MOST_EXPONENT else '  <- superlinear'}")
    print(
        f"{given.most_files:,} files, {given.most_shards:,} shards "
        + "  ".join(f"{what} {value:.3g}" for what, value in both.items())
    )


if __name__ == "__main__":
    main()
