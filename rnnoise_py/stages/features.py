"""Clean speech and noise → files of training rows, the same bits as the RNNoise v0.1 training tool's."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from rnnoise_py.errors import InputError
from rnnoise_py.rows.kinds import MIXERS, V01
from rnnoise_py.rows.seeds import check_count, shard_seeds
from rnnoise_py.runs.cluster import cluster_option, executor_of
from rnnoise_py.runs.progress import Progress, Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, resume_option, seed_option, workers_option
from rnnoise_py.runs.skipped import strict_option, too_many_skipped
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.rows.inputs import Inputs

VERSION: Final = 1  #: changes when the same settings give other rows
STDOUT: Final = Path("-")  #: an output that only the command line knows


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What rows to make, of what.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    clean: Path | None = option(None, "File of clean speech, or a folder of files.", positional=True, recipe=False)
    noise: Path | None = option(None, "File of noise, or a folder of files.", positional=True, recipe=False)
    output: Path = option(help="OUT.h5, OUT.f32 (bare), - (stdout, bare).", short="-o", decides=False, recipe=False)
    count: int | None = option(None, "Rows (of each shard).", short="-n", minimum=1, default_text="one pass over CLEAN")
    seed: int = seed_option()
    workers: int | None = workers_option()
    mixer: str = option(
        V01, "v0.1: the training tool's, bit for bit; modern: sequences as real life has them.", choices=MIXERS
    )
    shards: int = option(1, "Files OUT.K-of-N.h5 with seeds S, S+1, … and the manifest OUT.json.", minimum=1)
    config: Path | None = option(
        None,
        "Instead of CLEAN and NOISE: a DNS-Challenge config, whose clips are mixed in memory and never stored.",
        flag="from",
        metavar="CONFIG",
        decides=False,
        recipe=False,
    )
    overrides: Mapping[str, Any] = option(
        {}, "Replace a key of that config.", flag="set", metavar="KEY=VALUE", decides=False, recipe=False
    )
    clips_seed: int = seed_option("Seed of those clips.", decides=False, recipe=False)
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
    shard: str | None = option(
        None, "Make only shard K of N: one task of an array job.", metavar="K/N", decides=False, recipe=False
    )
    gather: bool = option(
        False, "Write the manifest of --shards N that were made one by one.", decides=False, recipe=False
    )
    cluster: str | None = cluster_option()
    resume: bool = resume_option()
    force: bool = force_option()
    strict: bool = strict_option()

    def __post_init__(self) -> None:
        super().__post_init__()
        given = (self.clean is not None) + (self.noise is not None)
        if given != (0 if self.config is not None else 2):
            raise InputError("rows are made of CLEAN and NOISE, or with --from of the clips of a CONFIG")
        if self.config is None and self.overrides:
            raise InputError("--set replaces keys of a config: it needs --from CONFIG")
        number, shards = self.part
        shard_seeds(self.seed, shards)
        if self.shard is not None and (not 1 <= number <= shards or shards < 2 or self.shards not in {1, shards}):
            raise InputError(f"--shard {self.shard}: needed is K/N, K of 1 … N and N of 2 or more (--shards N or none)")
        if self.gather and (self.shard is not None or self.shards < 2 or self.cluster is not None or self.force):
            raise InputError("--gather takes --shards N, and no --shard, --cluster or --force")
        if self.shard is not None and self.cluster is not None:
            raise InputError("--shard is a task of an array job, --cluster makes all shards: give one of the two")
        if self.count is not None:
            check_count(self.count)

    @property
    def part(self) -> tuple[int, int]:
        """Number of the only shard that is made, 0 for all; how many there are."""
        if self.shard is None:
            return 0, self.shards
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", self.shard)
        return (int(found[1]), int(found[2])) if found else (0, self.shards)


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """The files that were made."""

    outputs: tuple[Path, ...]  #: one a shard, in the order of their seeds
    digests: tuple[str, ...]  #: SHA-256 of each file's rows, little-endian float32 in C order
    rows: int  #: in all files
    manifest: Path | None = None  #: of shards


def run(settings: Settings, progress: Reporter | None = None, executor: Executor | None = None) -> Result:
    """Make the rows, or the rest of them.

    Parameters
    ----------
    settings
        What to make.
    progress
        Hears what is said.
    executor
        Makes the files, e.g. on a cluster; else ``settings.workers`` threads do.

    Raises
    ------
    InputError
        When an input cannot be used, or what is to be resumed is another run's.
    OutputError
        When an output exists (without ``force``), cannot be written, or the disk has no room.
    """
    from rnnoise_py.rows.files import make_files
    from rnnoise_py.rows.inputs import forget_known
    from rnnoise_py.rows.job import RowsJob
    from rnnoise_py.rows.place import check_output
    from rnnoise_py.rows.shards import check_all_there, manifest_path, shard_paths, spread_starts, warn_of_copies
    from rnnoise_py.rows.source_list import forget_sources

    number, shards = settings.part
    several = shards > 1
    paths = shard_paths(settings.output, shards) if several else [settings.output]
    manifest = manifest_path(settings.output) if several else None
    with reporting(progress) as reporter:
        check_output(paths[0])
        with _opened(settings) as (inputs, count):
            starts = [settings.start] * shards
            if settings.spread:
                starts = spread_starts((inputs.clean_rows, inputs.noise_rows), settings.start, shards)
            else:
                warn_of_copies(count, shards)
            seeds = shard_seeds(settings.seed, shards)
            parts = zip(paths, seeds, starts, strict=True)
            jobs = [RowsJob(path, inputs, count, seed, start, mixer=settings.mixer) for path, seed, start in parts]
            if number:
                jobs, manifest = [jobs[number - 1]], None
                inputs.start_digests(shared=settings.output)
                inputs.share(settings.output)
            if settings.gather:
                check_all_there(paths)
                inputs.start_digests(shared=settings.output)
            with executor_of(settings.cluster, executor) as engine:
                make_files(
                    jobs,
                    inputs,
                    manifest=manifest,
                    resume=settings.resume or settings.gather,
                    force=settings.force,
                    workers=cores(settings.workers),
                    block_rows=settings.block_rows,
                    executor=engine,
                )
            if settings.gather:
                forget_sources(settings.output)
                forget_known(settings.output)
            return Result(
                outputs=tuple(job.out for job in jobs),
                digests=tuple(job.row_sha256 for job in jobs),
                rows=count * len(jobs),
                manifest=manifest,
                warnings=tuple(reporter.warnings),
                incomplete=too_many_skipped(inputs.skipped, inputs.files, strict=settings.strict),
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

    with reporting(progress) as reporter, _opened(settings) as (inputs, count):
        if settings.part[1] > 1 or settings.resume or settings.cluster is not None:
            raise InputError("-o - is one stream: --shards, --resume and --cluster need a file (-o OUT.h5)")
        digest = hashlib.sha256()
        sources = inputs.rotated(settings.start)
        extractor = RowExtractor(*sources, settings.seed, cores(settings.workers), mixer=settings.mixer)
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
            incomplete=too_many_skipped(inputs.skipped, inputs.files, strict=settings.strict),
        )


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple["Inputs", int]]:
    """Open the inputs and say what is odd about them; with them comes how many rows to make."""
    from rnnoise_py.audio.open_file import cut_short
    from rnnoise_py.dataset.pairing import sameness_notes

    if settings.seed == 0:
        warn("--seed 0 equals --seed 1, as in the C library")
    with _inputs(settings) as inputs:
        for line in inputs.notes:
            note(line)
        if settings.config is None:
            for line in sameness_notes(*([path] for path in inputs.paths)):
                warn(line)
        if inputs.truncated:
            warn(cut_short(inputs.truncated))
        inputs.check_start(settings.start)
        count = settings.count
        if count is None:
            count = inputs.clean_rows
            what = settings.clean if settings.config is None else f"the clips of {settings.config}"
            note(f"-n {count}: one pass over {what} ({count:,} frames of 10 ms)")
        for line in inputs.pairing_notes(count):
            note(line)
        yield inputs, count


def _inputs(settings: Settings) -> "Inputs":
    """Open the files, or what stands for them."""
    from rnnoise_py.rows.inputs import Inputs

    if settings.config is None:
        assert settings.clean is not None
        assert settings.noise is not None
        return Inputs(settings.clean, settings.noise, known=settings.output if settings.part[0] else None)
    from rnnoise_py.dataset.clip_stream import open_clips
    from rnnoise_py.dataset.config_file import config_text, read_config

    texts = {key: config_text(value) for key, value in settings.overrides.items()}
    config, warnings = read_config(settings.config, overrides=texts)
    for line in warnings:
        warn(line)
    return open_clips(config, settings.clips_seed, settings.config)
