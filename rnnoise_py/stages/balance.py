"""Speech folders, one a language → one flat folder with equal hours of each."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, resume_option, seed_option
from rnnoise_py.runs.skipped import strict_option, too_many_skipped
from rnnoise_py.stages.placed import link_option
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.dataset.balancing import BalanceReport

VERSION: Final = 1  #: changes when the same settings keep other files


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to cut to equal hours."""

    root: Path = option(help="Folder of the speech folders.", positional=True, recipe=False)
    speech: tuple[str, ...] = option(help="Speech folders below ROOT, one a language.", metavar="A,B,C", multiple=True)
    output: Path = option(help="The flat folder for what is kept.", short="-o", decides=False, recipe=False)
    link: str = link_option()
    seed: int = seed_option("Draws which files stay.")
    resume: bool = resume_option()
    force: bool = force_option()
    strict: bool = strict_option()

    def __post_init__(self) -> None:
        super().__post_init__()
        names = tuple(name.strip() for text in self.speech for name in text.split(",") if name.strip())
        object.__setattr__(self, "speech", names)


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """How the languages were cut."""

    report: "BalanceReport"


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Cut the languages.

    Parameters
    ----------
    settings
        Of what, and where to.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When a folder is missing or has no usable audio, or what is to be resumed is another run.
    OutputError
        When the output folder is in use (without ``force``) or cannot be written.
    """
    from rnnoise_py.dataset.balancing import balance

    with reporting(progress) as reporter:
        report = balance(
            settings.root,
            settings.speech,
            settings.output,
            seed=settings.seed,
            link=settings.link,
            resume=settings.resume,
            force=settings.force,
        )
        return Result(
            report=report,
            warnings=tuple(reporter.warnings),
            incomplete=too_many_skipped(len(report.skipped), report.tried, strict=settings.strict),
        )
