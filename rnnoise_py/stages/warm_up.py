"""Compile now what commands would compile when they are first used: the library and the kernels."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.runs.progress import Reporter, note, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1

_ROWS: Final = 4_000  # of the trial training: more than a window
_SECONDS: Final = 2.0  # of each file of the trial audio


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """Nothing is asked."""


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What lies in the user's cache now."""

    library: Path | None  #: our librnnoise; None without a C compiler, or where it cannot be kept
    seconds: float


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Run each kind of command once on very little made-up audio, in a temporary folder.

    Parameters
    ----------
    settings
        Nothing.
    progress
        Hears what is said.
    """
    from rnnoise_py.denoiser.own_library import own_library

    started = time.monotonic()
    with reporting(progress) as reporter, tempfile.TemporaryDirectory(prefix="rnnoise-py-") as name:
        library = own_library(again=True)
        if library is None:
            note("no librnnoise: it needs make, a C compiler and a cache folder; denoising runs on numba")
        for what, compile_part in _PARTS.items():
            begun = time.monotonic()
            with reporting(None):
                compile_part(Path(name))
            note(f"kernels of {what}: {time.monotonic() - begun:.0f} s")
        return Result(library=library, seconds=time.monotonic() - started, warnings=tuple(reporter.warnings))


def _denoise(folder: Path) -> None:
    from rnnoise_py.denoiser import kernels
    from rnnoise_py.denoiser.backend import BULK, ONE

    for kind in (ONE, BULK):
        kernels.compile_kernels(kind)


def _audio(folder: Path) -> None:
    from rnnoise_py.stages import check, made_up

    made = made_up.run(made_up.Settings(output=folder / "audio", speech_files=2, noise_files=8, seconds=_SECONDS))
    check.run(check.Settings(clean=(made.speech,), noise=(made.noise,), workers=1))


def _rows(folder: Path) -> None:
    from rnnoise_py.stages import features

    audio, rows = folder / "audio", folder / "rows.h5"
    features.run(features.Settings(clean=audio / "speech", noise=audio / "noise", output=rows, count=_ROWS, workers=1))


def _training(folder: Path) -> None:
    from rnnoise_py.stages import train

    output = folder / "weights.hdf5"
    train.run(
        train.Settings(
            rows=(folder / "rows.h5",), output=output, epochs=1, engine="numba", tensorboard=False, workers=1
        )
    )


#: in this order: each uses what the one before made
_PARTS: Final[dict[str, Callable[[Path], None]]] = {
    "denoise": _denoise,
    "dataset": _audio,
    "features": _rows,
    "train": _training,
}
