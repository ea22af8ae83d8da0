"""Small folders of made-up speech and noise, for demos and first tries."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.runs.progress import Reporter, note, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, seed_option
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1  #: changes when the same settings and programs give other samples


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """How much to make."""

    output: Path = option(help="Folder for speech/ and noise/.", short="-o", decides=False, recipe=False)
    speech_files: int = option(20, "Files of speech.", minimum=0)
    noise_files: int = option(20, "Files of noise.", minimum=0)
    seconds: float = option(15.0, "Length of each file.", above=0, maximum=3600)
    seed: int = seed_option()
    force: bool = force_option()

    def decisive(self) -> dict[str, Any]:
        """Return what decides the samples: numbers, seed and who speaks on this machine."""
        from rnnoise_py.stages.material import program_versions
        from rnnoise_py.synthetic.talker import best_synthesizer

        name, _ = best_synthesizer()
        return {**super().decisive(), "synthesizer": name, "version": program_versions().get(name, "")}


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """Where the files are: 48 kHz mono 16-bit WAV."""

    speech: Path  #: folder
    noise: Path  #: folder, a sub-folder a family
    synthesizer: str  #: who speaks; three files in ten are the project's own generator's


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Make the files, with the best speech synthesizer of this machine.

    Parameters
    ----------
    settings
        How much to make.
    progress
        Hears what is said.

    Raises
    ------
    OutputError
        When the folder is in use (without ``force``) or cannot be written.
    """
    from rnnoise_py.runs.atomic import output_folder
    from rnnoise_py.synthetic.talker import OWN, best_synthesizer
    from rnnoise_py.synthetic.tree import write_tree

    with reporting(progress) as reporter, output_folder(settings.output, force=settings.force):
        name, synthesizer = best_synthesizer()
        if settings.speech_files:
            note(f"speech: {name}" + (f", three files in ten {OWN}" if name != OWN else ""))
        speech, noise = write_tree(
            settings.output,
            seed=settings.seed,
            speech_files=settings.speech_files,
            noise_files=settings.noise_files,
            seconds=settings.seconds,
            synthesizer=synthesizer,
        )
        return Result(speech=speech, noise=noise, synthesizer=name, warnings=tuple(reporter.warnings))
