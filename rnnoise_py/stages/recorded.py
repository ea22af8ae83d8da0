"""Fetched recordings and made-up audio → ``all_clean.raw`` and ``all_noise.raw``, to train on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, seed_option, workers_option
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1  #: changes when the same settings and recordings give other samples


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """How much to make, of what."""

    corpora: Path = option(help="Folder that `dataset fetch` filled.", decides=False)
    output: Path = option(help="Folder for the two streams.", short="-o", decides=False, recipe=False)
    speech_clips: int = option(3200, "Clips of speech, 8 to 17 s each.", minimum=0)
    noise_clips: int = option(3600, "Clips of noise, 6 to 12 s each.", minimum=0)
    human: float = option(0.65, "Share of the speech that is of people; the rest is made up.", minimum=0, maximum=1)
    recorded: float = option(0.6, "Share of the noise that was recorded; the rest is made up.", minimum=0, maximum=1)
    seed: int = seed_option()
    workers: int | None = workers_option()
    force: bool = force_option()

    def decisive(self) -> dict[str, Any]:
        """Return what decides the samples: shares, seed, the recordings' digests, the programs that speak.

        Raises
        ------
        InputError
            When the folder holds no fetched recordings.
        DependencyError
            When a program or a voice is missing.
        """
        from rnnoise_py.corpora.catalogue import catalogue
        from rnnoise_py.corpora.fetch import fetched
        from rnnoise_py.stages.material import check_programs, program_versions

        check_programs()
        records = {one.name: fetched(one, self.corpora) for one in catalogue()}
        digests = {name: record["sha256"] for name, record in records.items() if record is not None}
        return {**super().decisive(), "recordings": digests, "programs": program_versions()}


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """The two streams, 48 kHz mono 16-bit without header."""

    clean: Path
    noise: Path


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Make the two streams.

    Raises
    ------
    InputError
        When the folder holds no fetched recordings.
    DependencyError
        When a program or a voice that speaks is missing.
    OutputError
        When the folder is in use (without ``force``) or cannot be written.
    """
    from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
    from rnnoise_py.corpora.streams import write_streams
    from rnnoise_py.stages.material import check_programs

    with reporting(progress) as reporter:
        check_programs()
        write_streams(
            settings.output,
            settings.corpora,
            settings.speech_clips,
            settings.noise_clips,
            human=settings.human,
            recorded=settings.recorded,
            seed=settings.seed,
            workers=cores(settings.workers),
            force=settings.force,
        )
        return Result(
            clean=settings.output / CLEAN_STREAM,
            noise=settings.output / NOISE_STREAM,
            warnings=tuple(reporter.warnings),
        )
