"""A librnnoise against the kernels of this package, frame by frame."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Reporter, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import option
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to compare.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    audio: Path = option(help="An audio file of any format.", positional=True, metavar="IN.wav", recipe=False)
    library: Path = option(help="The librnnoise to compare.", recipe=False)
    model: Path | None = option(
        None,
        "Model; a library that cannot load one must have the same built in.",
        default_text="the weights inside the library",
        recipe=False,
    )


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """How far the two agree; ``incomplete`` when any frame differs."""

    frames: int  #: compared, of 10 ms
    differing_frames: int
    largest_difference: float  #: of two samples, in ±32768
    built_in_model: bool  #: the library ran its own weights
    first: dict[str, Any] | None  #: the first place that differs: frame, seconds, what, ours and library


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Denoise a file (as 48 kHz mono) with both and compare audio and speech probabilities bit for bit.

    Raises
    ------
    InputError
        When file, library or model cannot be used.
    """
    from rnnoise_py.denoiser.compare import compare_library

    with reporting(progress) as reporter:
        if settings.audio.is_dir():
            raise InputError(f"{printable(settings.audio)} is a folder: give one audio file")
        found = compare_library(settings.audio, settings.library, settings.model)
        return Result(
            frames=found.frames,
            differing_frames=found.differing_frames,
            largest_difference=found.largest_difference,
            built_in_model=found.built_in_model,
            first=found.first,
            warnings=tuple(reporter.warnings),
            incomplete=found.differing_frames > 0,
        )
