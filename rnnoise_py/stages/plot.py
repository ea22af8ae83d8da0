"""A recording, training rows or a training run → one picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1  #: changes when the same settings give another picture


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to draw.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    file: Path = option(help="Recording, training rows, history.csv or the folder of a training run.", positional=True)
    output: Path | None = option(
        None,
        "PNG, SVG or WebP by the suffix.",
        short="-o",
        decides=False,
        recipe=False,
        default_text="FILE's name with .png",
    )
    first: int = option(0, "Rows: the first one shown.", minimum=0)
    count: int = option(1000, "Rows: how many.", minimum=1)
    model: Path | None = option(
        None, "Recording: the model whose speech probability is drawn.", default_text="the shipped one"
    )
    force: bool = force_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """The picture that was drawn."""

    picture: Path


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Draw a file; its content tells what it is.

    Raises
    ------
    InputError
        When the file is neither a recording nor rows nor a training run.
    OutputError
        When the picture is there already (without ``force``), has another suffix or cannot be written.
    DependencyError
        When matplotlib is not installed.
    """
    from rnnoise_py.report.plots import plot_file

    with reporting(progress) as reporter:
        picture = plot_file(
            settings.file,
            settings.output,
            first=settings.first,
            count=settings.count,
            model=settings.model,
            force=settings.force,
        )
        return Result(picture=picture, warnings=tuple(reporter.warnings))
