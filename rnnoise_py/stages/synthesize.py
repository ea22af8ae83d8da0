"""Folders of speech and noise → noisy, clean and noise clips, as a DNS-Challenge config says."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.runs.cluster import cluster_option, executor_of
from rnnoise_py.runs.progress import Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Known, force_option, option, resume_option, seed_option, workers_option
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.skipped import strict_option, too_many_skipped
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.dataset.config import Config
    from rnnoise_py.dataset.logs import SynthesisSummary

VERSION: Final = 1  #: changes when the same settings give other clips


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """A config, keys that replace its own, and how to run it."""

    config: Path | None = option(None, "The config; without one all keys have their defaults.", positional=True)
    overrides: Mapping[str, Any] = option({}, "Replace a key of the config.", flag="set", metavar="KEY=VALUE")
    section: str = option("noisy_speech", "Section of the config.")
    output: Path | None = option(
        None,
        "Folder for noisy/, clean/, noise/, logs/.",
        short="-o",
        decides=False,
        recipe=False,
        default_text="as the config says",
    )
    compatible: bool = option(False, "Do what the original does, its mistakes included.")
    seed: int = seed_option()
    workers: int | None = workers_option()
    cluster: str | None = cluster_option()
    resume: bool = resume_option()
    force: bool = force_option()
    strict: bool = strict_option()

    def __post_init__(self) -> None:
        from rnnoise_py.dataset.config_file import config_text

        super().__post_init__()
        texts = {str(key): config_text(value) for key, value in self.overrides.items()}
        object.__setattr__(self, "overrides", texts)
        if self.config is None and self.output is None:
            raise InputError("nothing says where to write: give a CONFIG, or -o FOLDER")

    def decisive(self) -> dict[str, Any]:
        """Return what decides the clips: the seed and all keys, defaults filled in, inputs where they lie.

        Raises
        ------
        InputError
            When the config cannot be used.
        """
        config, _ = read_settings(self)
        decided = {**config.decisive(), "seed": self.seed}
        for name, value in decided.items():
            paths = getattr(config, name, None)
            if isinstance(paths, Path):
                decided[name] = str(config.find(paths))
            elif isinstance(value, list) and isinstance(paths, tuple) and all(isinstance(path, Path) for path in paths):
                decided[name] = [str(config.find(path)) for path in paths]
        return decided


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """How the run ended."""

    report: "SynthesisSummary"
    clean: Path  #: folder of the clean clips
    noise: Path  #: folder of the noise clips
    noisy: Path  #: folder of the noisy clips


def config_options() -> dict[str, Known]:
    """Return the keys of a config, by name, with type, range, default and meaning.

    Those with ``option.recipe`` off name the folders of sources and results.
    """
    from rnnoise_py.dataset.config import KEYS

    return dict(KEYS)


def read_settings(settings: Settings) -> "tuple[Config, list[str]]":
    """Read the config that is meant, and the warnings about it."""
    from rnnoise_py.dataset.config_file import read_config
    from rnnoise_py.dataset.synthesis import with_output

    config, warnings = read_config(
        settings.config, section=settings.section, overrides=settings.overrides, compatible=settings.compatible
    )
    return (config if settings.output is None else with_output(config, settings.output)), warnings


def run(settings: Settings, progress: Reporter | None = None, executor: Executor | None = None) -> Result:
    """Make the clips, or the rest of them.

    Parameters
    ----------
    settings
        What to make.
    progress
        Hears what is said.
    executor
        Makes the clips, e.g. on a cluster; else ``settings.workers`` processes do.

    Raises
    ------
    InputError
        When config or sources cannot be used, or what is to be resumed is another run.
    OutputError
        When a folder is in use (without ``force``), a disk has no room, or a file cannot be written.
    """
    from rnnoise_py.dataset.synthesis import synthesize

    with reporting(progress) as reporter:
        config, warnings = read_settings(settings)
        for line in warnings:
            warn(line)
        if "rir_table_csv" in config.explicit and not {"rir_probability"} & config.explicit and not settings.compatible:
            note("speech stays dry: rir_probability is 0 (the original's is 1)")
        with executor_of(settings.cluster, executor) as engine:
            report = synthesize(
                config,
                seed=settings.seed,
                workers=cores(settings.workers),
                resume=settings.resume,
                force=settings.force,
                executor=engine,
            )
        return Result(
            report=report,
            clean=config.clean_destination,
            noise=config.noise_destination,
            noisy=config.noisy_destination,
            warnings=tuple(reporter.warnings),
            incomplete=too_many_skipped(report.unreadable, report.sources, strict=settings.strict),
        )
