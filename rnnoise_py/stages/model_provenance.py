"""A shipped model → everything that it has heard, with licences and whom to name."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import option
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.corpora.catalogue import Source

VERSION: Final = 1  #: changes when the same model gives another result


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """Which model."""

    model: str = option("default", "Name of a shipped model, or a copy of its file.", positional=True, recipe=False)


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What the model has heard."""

    name: str
    about: str
    recipe: str  #: that makes it, in the repository
    digest: str
    sources: "tuple[Source, ...]"  #: recordings
    programs: tuple[tuple[str, str], ...]  #: synthesizers, and their licences

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON can hold it."""
        kept = ("name", "group", "registry", "package", "version", "licence", "by")
        return {
            **{key: getattr(self, key) for key in ("name", "about", "recipe", "digest")},
            "sources": [{key: asdict(one)[key] for key in kept} for one in self.sources],
            "programs": [{"name": name, "licence": licence} for name, licence in self.programs],
        }


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Look the model up.

    Parameters
    ----------
    settings
        The model.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When it is no model, or none of the shipped ones: only its maker knows what it has heard.
    """
    from rnnoise_py.corpora.catalogue import catalogue
    from rnnoise_py.model import read_model
    from rnnoise_py.model.shipped import SHIPPED

    with reporting(progress) as reporter:
        digest = read_model(Path(settings.model)).digest
        for shipped in SHIPPED.values():
            if read_model(shipped.path).digest == digest:
                return Result(
                    name=shipped.name,
                    about=shipped.about,
                    recipe=shipped.recipe,
                    digest=digest,
                    sources=tuple(one for one in catalogue() if one.group in shipped.groups),
                    programs=shipped.programs,
                    warnings=tuple(reporter.warnings),
                )
    raise InputError(
        f"{printable(settings.model)} is none of the shipped models ({', '.join(SHIPPED)}): what it has heard "
        "stands in the model.json that its training wrote"
    )
