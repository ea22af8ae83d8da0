"""Training: rows → weights. TensorFlow is imported here alone, and only when something is called.

The table of contents, in the order in which data flows:
``row_files`` (windows from files) → ``engine`` (losses and gradients of a batch: ``lane_network`` over
``gru_kernel``, ``lane_algebra`` and ``loss_kernel``, or the Keras model of ``model``, ``layers`` and
``losses``) → ``adam`` → ``checkpoint`` → ``history`` → ``outputs``; ``run`` ties them together under
one ``config``.
"""

from typing import TYPE_CHECKING

from rnnoise_py.training.config import TrainingConfig, load_config

if TYPE_CHECKING:
    from rnnoise_py.training.epoch import TrainingStopped
    from rnnoise_py.training.keras.model import build_model, compile_model
    from rnnoise_py.training.run import TrainingResult, train

__all__ = [
    "TrainingConfig",
    "TrainingResult",
    "TrainingStopped",
    "build_model",
    "compile_model",
    "load_config",
    "train",
]

_HOMES = {
    "TrainingResult": "run",
    "TrainingStopped": "epoch",
    "train": "run",
    "build_model": "keras.model",
    "compile_model": "keras.model",
}

if not TYPE_CHECKING:  # mypy must not see this: to it a name that is not imported above does not exist

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
