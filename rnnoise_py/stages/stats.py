"""Folders of audio → how many files, hours and bytes, by format and rate."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import option
from rnnoise_py.runs.skipped import strict_option, too_many_skipped
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.dataset.folder_stats import Stats

VERSION: Final = 1  #: changes when the same files give other figures


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to count."""

    paths: tuple[Path, ...] = option(help="Folders or audio files.", positional=True, multiple=True)
    strict: bool = strict_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """Folders and their total."""

    report: "Stats"


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Count the files, without decoding them.

    Parameters
    ----------
    settings
        What to count.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When a path does not exist, or there is no audio at all.
    """
    from rnnoise_py.dataset.folder_stats import stats

    with reporting(progress) as reporter:
        report = stats(settings.paths)
        total = report.total
        return Result(
            report=report,
            warnings=tuple(reporter.warnings),
            incomplete=too_many_skipped(len(total.unreadable), total.files, strict=settings.strict),
        )
