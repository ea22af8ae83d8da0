"""Training rows → weights, as Keras HDF5 and as int8 models, with a folder that tells how they were made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.runs.progress import Reporter, reporting, warn
from rnnoise_py.stages.result import Result as BaseResult
from rnnoise_py.training.config import TrainingConfig as Settings

__all__ = ["VERSION", "Result", "Settings", "run"]

VERSION: Final = 1  #: changes when the same settings give other weights


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What was trained."""

    weights: Path  #: Keras HDF5
    models: tuple[Path, ...]  #: the int8 model as text and packed
    digest: str  #: of the int8 model
    run_folder: Path
    epochs: int  #: done in all
    kept_epoch: int  #: whose weights were written
    losses: Mapping[str, float]  #: of the last epoch, see :data:`rnnoise_py.training.history.COLUMNS`
    history: tuple[Mapping[str, float], ...]  #: the same of every epoch
    quantization: Mapping[str, Any]  #: what rounding to int8 did


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Train a model, or go on with one.

    Parameters
    ----------
    settings
        What to train, from what, how.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When rows, model or settings cannot be used, or what is to be resumed is another run.
    OutputError
        When an output exists (without ``force``), cannot be written, or the disk has no room.
    TrainingStopped
        When a loss is no longer a number; names epoch and window.
    DependencyError
        For ``engine="tensorflow"`` where TensorFlow is not installed.
    """
    from rnnoise_py.training.run import train

    with reporting(progress) as reporter:
        done = train(settings)
        clipped = done.quantization["clipped"]
        if clipped:
            warn(f"{clipped} weights were clipped to int8")
        return Result(
            weights=done.weights,
            models=done.models,
            digest=done.quantization["model_digest"],
            run_folder=done.run_folder,
            epochs=done.epochs,
            kept_epoch=done.kept_epoch,
            losses=done.history[-1] if done.history else {},
            history=done.history,
            quantization=done.quantization,
            warnings=tuple(reporter.warnings),
        )
