"""Frames of several channels or streams, side by side where that is quicker: the same bits as one after another."""

from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy.typing as npt

from rnnoise_py.denoiser.one_frame import Job
from rnnoise_py.spec.constants import FRAME_SIZE

if TYPE_CHECKING:
    from rnnoise_py.denoiser.native import F32, NativeBackend

#: what has to be denoised before there is a result; that of others may be denoised with it
Steps: TypeAlias = Generator[Sequence[Job], None, npt.NDArray[Any]]


def complete(steps: Steps, pool: Executor | None, workers: int) -> npt.NDArray[Any]:
    """Denoise what ``steps`` ask for, see :func:`run_together`; return their result."""
    while True:
        try:
            jobs = next(steps)
        except StopIteration as end:
            result: npt.NDArray[Any] = end.value
            return result
        run_together(jobs, pool, workers)


def run_together(jobs: Sequence[Job], pool: Executor | None = None, workers: int = 1) -> None:
    """Denoise whole frames of each channel.

    Parameters
    ----------
    jobs
        Who denoises, samples, output, probabilities; backends of one engine, all different.
    pool, workers
        What runs so many parts of the jobs at once; without it they run here.
    """
    if len(jobs) == 1:
        backend, samples, out, vad = jobs[0]
        backend.process(samples, out, vad)
    elif pool is None:
        _run(jobs)
    else:
        for done in [pool.submit(_run, jobs[first::workers]) for first in range(min(workers, len(jobs)))]:
            done.result()


def _run(jobs: Sequence[Job]) -> None:
    if len(jobs) > 1 and jobs[0][0].name == "native":
        _run_natively(cast("Sequence[tuple[NativeBackend, F32, F32, F32]]", jobs))
        return
    for backend, samples, out, vad in jobs:
        backend.process(samples, out, vad)


def _run_natively(jobs: "Sequence[tuple[NativeBackend, F32, F32, F32]]") -> None:
    """As far as all have frames side by side; then those that have more."""
    done = 0
    while jobs := [job for job in jobs if len(job[3]) > done]:
        last = min(len(vad) for *_, vad in jobs)
        part = slice(done * FRAME_SIZE, last * FRAME_SIZE)
        jobs[0][0].process_with_others([(b, s[part], out[part], vad[done:last]) for b, s, out, vad in jobs])
        done = last
