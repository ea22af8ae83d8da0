"""Folders of clean speech and of noise → ``all_clean.raw`` and ``all_noise.raw``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, resume_option, workers_option
from rnnoise_py.runs.skipped import strict_option, too_many_skipped
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.dataset.merge_report import MergeReport

VERSION: Final = 1  #: changes when the same settings give other streams


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to join."""

    clean: tuple[Path, ...] = option(help="Folder of speech; repeatable.", short="-c", multiple=True, recipe=False)
    noise: tuple[Path, ...] = option(help="Folder of noise; repeatable.", short="-n", multiple=True, recipe=False)
    output: Path = option(help="Folder for the streams and the manifest.", short="-o", decides=False, recipe=False)
    workers: int | None = workers_option()
    resume: bool = resume_option()
    force: bool = force_option()
    strict: bool = strict_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What is in the two streams."""

    report: "MergeReport"
    clean: Path  #: all_clean.raw
    noise: Path  #: all_noise.raw


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Join the files.

    Parameters
    ----------
    settings
        What to join, and where to.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When a folder is missing, holds no usable audio, or what is to be resumed is another merge.
    OutputError
        When the output folder is in use (without ``force``), one of its files is an input, or the disk is full.
    """
    from rnnoise_py.dataset.merging import merge

    with reporting(progress) as reporter:
        report = merge(
            settings.clean,
            settings.noise,
            settings.output,
            workers=cores(settings.workers),
            resume=settings.resume,
            force=settings.force,
        )
        skipped = len(report.skipped)
        return Result(
            report=report,
            clean=report.clean.path,
            noise=report.noise.path,
            warnings=tuple(reporter.warnings),
            incomplete=too_many_skipped(skipped, report.files + skipped, strict=settings.strict),
        )
