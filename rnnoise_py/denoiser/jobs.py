"""Denoise planned files: one with a progress in seconds, many side by side."""

import contextlib
from collections.abc import Callable
from typing import Final

from rnnoise_py.audio import open_audio
from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.denoiser.engine import Engine
from rnnoise_py.denoiser.file import FileResult, denoise_file
from rnnoise_py.denoiser.plan import Job
from rnnoise_py.denoiser.vad_file import write_vad
from rnnoise_py.errors import InputError, RNNoiseError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Progress, warn
from rnnoise_py.runs.threads import run_threads

SHOWN_FROM: Final = 60.0  # seconds of audio from which a single file gets a progress


def run_job(job: Job, engine: Engine, controls: Controls, workers: int) -> FileResult:
    """Denoise one file; ``workers`` are threads for its channels. See :func:`denoise_file` for errors."""
    with open_audio(job.source) as audio:
        total = audio.frames / audio.rate
    if total < SHOWN_FROM:
        return _run(job, engine, controls, workers, None)
    with Progress(round(total), "second", "denoise") as shown:
        heard = 0.0

        def count(seconds: float) -> None:
            nonlocal heard
            before, heard = heard, heard + seconds
            shown.update(int(heard) - int(before))

        return _run(job, engine, controls, workers, count)


def run_jobs(
    jobs: list[Job], engine: Engine, controls: Controls, workers: int
) -> tuple[list[tuple[Job, FileResult]], list[str]]:
    """Denoise files, one a thread.

    Returns
    -------
    tuple
        What was done, in the order of the jobs, and a line for each file that could not be denoised.

    Raises
    ------
    InputError
        When no file could be.
    """

    def work(job: Job, heartbeat: Callable[[], None]) -> FileResult:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        return _run(job, engine, controls, 1, lambda _: heartbeat())

    done: dict[Job, FileResult] = {}
    failed: dict[Job, str] = {}
    with (
        Progress(len(jobs), "file", "denoise") as shown,
        contextlib.closing(run_threads(work, jobs, workers)) as outcomes,
    ):
        for outcome in outcomes:
            try:
                done[outcome.task] = outcome.get()
            except (RNNoiseError, OSError) as error:
                source, reason = printable(outcome.task.source), " ".join(str(error).split())
                failed[outcome.task] = reason if source in reason else f"{source}: {reason}"
            shown.update(1)
    lines = [failed[job] for job in jobs if job in failed]
    if not done:
        if len(lines) == 1:
            raise InputError(lines[0])
        for line in lines:
            warn(line)
        raise InputError(f"none of the {len(jobs)} files can be denoised, for the reasons above")
    return [(job, done[job]) for job in jobs if job in done], lines


def _run(
    job: Job, engine: Engine, controls: Controls, workers: int, heard: Callable[[float], None] | None
) -> FileResult:
    result = denoise_file(job.source, job.target, engine, controls, workers=workers, heard=heard)
    if job.vad is not None:
        write_vad(job.vad, result.vad, controls)
    return result
