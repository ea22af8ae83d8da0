"""The made-up audio that the shipped model is trained on: ``all_clean.raw`` and ``all_noise.raw``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import DependencyError
from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, seed_option, workers_option
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1  #: changes when the same settings and programs give other samples


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """How much to make."""

    output: Path = option(help="Folder for the two streams.", short="-o", decides=False, recipe=False)
    speech_clips: int = option(4500, "Clips of speech; the default is about 16 hours.", minimum=0)
    noise_clips: int = option(5100, "Clips of noise; the default is about 13 hours.", minimum=0)
    seed: int = seed_option()
    workers: int | None = workers_option()
    force: bool = force_option()

    def decisive(self) -> dict[str, Any]:
        """Return what decides the samples: clips, seed and the versions of the programs that speak.

        Raises
        ------
        DependencyError
            When a program or a voice is not installed: the packages that have them.
        """
        check_programs()
        return {**super().decisive(), "programs": program_versions()}


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """The two streams, 48 kHz mono 16-bit without header."""

    clean: Path
    noise: Path
    manifest: Path
    digests: tuple[str, str]  #: SHA-256 of the files


@cache
def program_versions() -> dict[str, str]:
    """Version of each program that speaks; ``absent`` where it is not installed."""
    from rnnoise_py.synthetic import voices

    return voices.program_versions()


@cache
def missing_voices() -> tuple[str, ...]:
    """Debian packages of the voices that are not installed."""
    from rnnoise_py.synthetic import festival

    return tuple(festival.missing_voices())


def check_programs() -> None:
    """Raise :class:`DependencyError` unless all programs and voices are installed."""
    missing = [name for name, version in program_versions().items() if version == "absent"]
    missing += missing_voices()
    if missing:
        raise DependencyError(
            "speech programs or voices are not installed: apt-get install --no-install-recommends "
            + " ".join(dict.fromkeys(missing))
        )


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Make the two streams.

    Parameters
    ----------
    settings
        How much to make.
    progress
        Hears what is said.

    Raises
    ------
    DependencyError
        When a program or a voice is not installed.
    OutputError
        When the folder is in use (without ``force``) or cannot be written.
    """
    from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
    from rnnoise_py.synthetic.material import MANIFEST, write_material

    with reporting(progress) as reporter:
        check_programs()
        digests = write_material(
            settings.output,
            settings.speech_clips,
            settings.noise_clips,
            seed=settings.seed,
            workers=cores(settings.workers),
            force=settings.force,
        )
        return Result(
            clean=settings.output / CLEAN_STREAM,
            noise=settings.output / NOISE_STREAM,
            manifest=settings.output / MANIFEST,
            digests=digests,
            warnings=tuple(reporter.warnings),
        )
