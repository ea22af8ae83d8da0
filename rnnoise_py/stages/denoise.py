"""Noisy audio → denoised audio: files, folders of them, and raw PCM from one stream to another."""

import contextlib
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import check_new, check_output_folder
from rnnoise_py.runs.progress import Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, workers_option
from rnnoise_py.runs.skipped import strict_option, too_many_skipped
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.denoiser.engine import Engine
    from rnnoise_py.denoiser.file import FileResult
    from rnnoise_py.denoiser.plan import Job

VERSION: Final = 1  #: changes when the same settings give other samples
BACKENDS: Final = ("auto", "numba", "native")


@dataclass(frozen=True, kw_only=True)
class _Paths(BaseSettings):
    inputs: tuple[Path, ...] = option((), "Files, or folders of them.", positional=True, recipe=False)
    output: Path | None = option(None, "The denoised file of one input file.", positional=True, recipe=False)
    output_folder: Path | None = option(
        None, "Folder for the denoised files, under their own names.", flag="output", short="-o", recipe=False
    )
    model: Path | None = option(
        None, "Model file of any format.", default_text="the library's own, where one is named; else the shipped model"
    )
    backend: str = option("auto", "auto: native where a library is found or can be built.", choices=BACKENDS)
    library: Path | None = option(
        None, "A librnnoise; else $RNNOISE_LIBRARY, one that rnnoise-py build made beside the model, the package's own."
    )


@dataclass(frozen=True, kw_only=True)
class Settings(Controls, _Paths):
    """What to denoise, and how.

    Give ``inputs`` (one file) and ``output``, or ``inputs`` (files and folders) and ``output_folder``.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    vad: Path | None = option(
        None, "Speech probabilities, .csv or .json; with -o: csv or json.", metavar="FILE", recipe=False
    )
    rate: int = option(48_000, "Hz, of raw PCM in a pipe.", recipe=False)
    channels: int = option(1, "Of raw PCM in a pipe.", minimum=1, recipe=False)
    workers: int | None = workers_option()
    force: bool = force_option()
    strict: bool = strict_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What was denoised."""

    outputs: tuple[Path, ...] = ()  #: in the order of the inputs
    vad_files: tuple[Path, ...] = ()
    failed: tuple[str, ...] = ()  #: one line for each input that could not be denoised
    seconds: float = 0.0  #: of audio
    clipped: int = 0  #: output samples that were saturated
    backend: str = ""  #: ``numba`` or ``native``
    weights: str = ""  #: SHA-256 of the model, or the library that they are built into


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Denoise files.

    Parameters
    ----------
    settings
        What to denoise.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When the model, the library or every input cannot be used.
    OutputError
        When an output exists (without ``force``), is an input, or cannot be written.
    """
    from rnnoise_py.denoiser.engine import compile_for
    from rnnoise_py.denoiser.jobs import run_job, run_jobs
    from rnnoise_py.denoiser.plan import missing_folders

    with reporting(progress) as reporter, _python_warnings(reporter):
        jobs = _plan(settings)
        _check(settings, jobs)
        engine = _open(settings)
        if settings.output_folder is None:
            compile_for(engine, streams=False)
            started = time.monotonic()
            done = [(jobs[0], run_job(jobs[0], engine, settings.controls, cores(settings.workers)))]
            return _result(settings, reporter, engine, done, [], time.monotonic() - started)
        missing = missing_folders(jobs)
        try:
            compile_for(engine, streams=False)
            started = time.monotonic()
            done, failed = run_jobs(jobs, engine, settings.controls, cores(settings.workers))
            spent = time.monotonic() - started
        finally:
            for folder in missing:
                with contextlib.suppress(OSError):  # there is something in it
                    folder.rmdir()
        return _result(settings, reporter, engine, done, failed, spent)


def stream(settings: Settings, source: BinaryIO, target: BinaryIO, progress: Reporter | None = None) -> Result:
    """Denoise raw 16-bit little-endian PCM of ``rate`` and ``channels`` from one open stream to another, as it comes.

    Parameters
    ----------
    settings
        Model and controls; files are not given.
    source
        Must have a descriptor (``fileno()``), e.g. ``sys.stdin.buffer``.
    target
        Gets what is ready at once.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        As :func:`run`, and when the source holds no samples, part of one, or the header of an audio file.
    """
    from rnnoise_py.denoiser.denoiser import Denoiser
    from rnnoise_py.denoiser.engine import compile_for
    from rnnoise_py.denoiser.pipe import denoise_pipe

    if settings.inputs or settings.output or settings.output_folder or settings.vad:
        raise InputError("a pipe has neither files nor a VAD output: write rnnoise-py denoise - -")
    with reporting(progress) as reporter, _python_warnings(reporter):
        engine = _open(settings)
        compile_for(engine, streams=True)
        with Denoiser(
            engine,
            sample_rate=settings.rate,
            channels=settings.channels,
            controls=settings.controls,
            workers=cores(settings.workers),
        ) as denoiser:
            if denoiser.latency > settings.rate // 50:
                note(f"{1000 * denoiser.latency / settings.rate:.0f} ms late for --look-back; --look-back 0: 10 ms")
            started = time.process_time()
            samples = denoise_pipe(source, target, denoiser)
            spent = max(time.process_time() - started, 1e-9)
            seconds = samples / settings.rate
            note(
                f"{seconds:.1f} s of audio, {spent:.2f} s of processor time: {seconds / spent:.0f} × real time "
                f"({engine.backend}{_clipped(denoiser.clipped)})"
            )
            return Result(
                seconds=seconds,
                clipped=denoiser.clipped,
                backend=engine.backend,
                weights=engine.weights,
                warnings=tuple(reporter.warnings),
            )


@contextlib.contextmanager
def _python_warnings(reporter: Reporter) -> Iterator[None]:
    """Let the reporter hear what is warned about; worker threads too, so it is for the whole process."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        reporter.warn(str(message))

    before, warnings.showwarning = warnings.showwarning, show
    try:
        yield
    finally:
        warnings.showwarning = before


def _plan(settings: Settings) -> "list[Job]":
    from rnnoise_py.denoiser.plan import plan_file, plan_folder

    if settings.output_folder is not None:
        if settings.output is not None:
            raise InputError("an output file and -o FOLDER: give one of the two")
        if not settings.inputs:
            raise InputError("no inputs: give files or folders")
        return plan_folder(settings.inputs, settings.output_folder, settings.vad)
    if settings.output is None:
        raise InputError("no output: give an output file, or -o FOLDER")
    return [plan_file(settings.inputs, settings.output, settings.vad)]


def _check(settings: Settings, jobs: "list[Job]") -> None:
    """Refuse outputs that are inputs, or are there already; make the output folder."""
    from rnnoise_py.denoiser.library import named_library
    from rnnoise_py.runs.outputs import check_outputs

    read = [*(job.source for job in jobs), settings.model]
    if settings.backend != "numba":
        read.append(named_library(settings.library))
    check_outputs([path for job in jobs for path in job.outputs], read)
    if settings.output_folder is None:
        for path in jobs[0].outputs:
            check_new(path, force=settings.force)
    else:
        check_output_folder(settings.output_folder, force=settings.force, make=False)


def _open(settings: Settings) -> "Engine":
    """Open the model once, and say whose weights they are where that may surprise."""
    from rnnoise_py.denoiser.engine import open_engine

    engine = open_engine(settings.model, settings.backend, settings.library)
    if engine.weights.startswith("built into"):
        note(f"no --model: the weights {engine.weights} are used")
    return engine


def _result(
    settings: Settings,
    reporter: Reporter,
    engine: "Engine",
    done: "list[tuple[Job, FileResult]]",
    failed: list[str],
    spent: float,
) -> Result:
    """Say what came of it, and return it."""
    from rnnoise_py.audio.open_file import cut_short

    truncated = [job.source for job, result in done if result.truncated]
    if truncated:
        warn(cut_short(truncated))
    seconds = sum(result.seconds for _, result in done)
    clipped = sum(result.clipped for _, result in done)
    what = f"{len(done)} files, " if len(done) > 1 else ""
    note(
        f"denoised {what}{seconds:.1f} s of audio in {spent:.2f} s: {seconds / max(spent, 1e-9):.0f} × real time "
        f"({engine.backend}{_clipped(clipped)})"
    )
    for line in failed:
        warn(line)
    if failed:
        warn(f"{len(failed)} of {len(done) + len(failed)} files failed")
    return Result(
        outputs=tuple(job.target for job, _ in done),
        vad_files=tuple(job.vad for job, _ in done if job.vad is not None),
        failed=tuple(failed),
        seconds=seconds,
        clipped=clipped,
        backend=engine.backend,
        weights=engine.weights,
        warnings=tuple(reporter.warnings),
        incomplete=too_many_skipped(len(failed), len(done) + len(failed), strict=settings.strict),
    )


def _clipped(count: int) -> str:
    return f", {count} samples clipped" if count else ""
