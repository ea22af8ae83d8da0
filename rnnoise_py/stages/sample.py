"""Some files of a folder, drawn at random → a flat folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, resume_option, seed_option
from rnnoise_py.stages.placed import link_option
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.dataset.picking import SampleReport

VERSION: Final = 1  #: changes when the same settings pick other files


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """How many files of which folder."""

    folder: Path = option(help="Folder of audio, sub-folders included.", positional=True)
    count: int = option(help="How many files.", short="-n", minimum=1)
    output: Path = option(help="Folder for the chosen files.", short="-o", decides=False, recipe=False)
    link: str = link_option()
    seed: int = seed_option()
    resume: bool = resume_option()
    force: bool = force_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """The files that were picked."""

    report: "SampleReport"


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Pick the files.

    Parameters
    ----------
    settings
        How many of what.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When there are fewer files than that, or what is to be resumed is another run.
    OutputError
        When the output folder is in use (without ``force``) or cannot be written.
    """
    from rnnoise_py.dataset.picking import SampleReport, sample

    with reporting(progress) as reporter:
        files = sample(
            settings.folder,
            settings.count,
            settings.output,
            seed=settings.seed,
            link=settings.link,
            resume=settings.resume,
            force=settings.force,
        )
        return Result(report=SampleReport(files), warnings=tuple(reporter.warnings))
