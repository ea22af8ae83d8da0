"""A folder → one archive; the same files give the same bytes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option
from rnnoise_py.runs.skipped import strict_option, too_many_skipped
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.dataset.archive import PackReport

VERSION: Final = 1  #: changes when the same settings give another archive


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to pack."""

    folder: Path = option(help="Folder.", positional=True)
    archive: Path = option(help="Archive.", positional=True, decides=False, recipe=False)
    follow_links: bool = option(False, "Pack what links out of FOLDER point to; else they are left out.")
    force: bool = force_option()
    strict: bool = strict_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What was packed."""

    report: "PackReport"


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Pack the folder.

    Parameters
    ----------
    settings
        What to pack.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When the folder is missing or has nothing to pack, or the format is unknown.
    OutputError
        When the archive exists (without ``force``), is one of the files, or cannot be written.
    DependencyError
        When a program for the format is missing.
    """
    from rnnoise_py.dataset.archive import pack_folder

    with reporting(progress) as reporter:
        report = pack_folder(
            settings.folder, settings.archive, follow_links=settings.follow_links, force=settings.force
        )
        skipped = len(report.skipped)
        return Result(
            report=report,
            warnings=tuple(reporter.warnings),
            incomplete=too_many_skipped(skipped, report.files + skipped, strict=settings.strict),
        )
