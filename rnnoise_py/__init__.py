"""Train your own RNNoise noise suppressor: from folders of audio to librnnoise.so.

The way of the data, and where each part of it is:

audio (:mod:`rnnoise_py.audio`, :mod:`rnnoise_py.dataset`) → mixed stream (:mod:`rnnoise_py.rows.mixer`) → frames
→ 87-wide training rows (:mod:`rnnoise_py.rows`) → weights (:mod:`rnnoise_py.training`) → int8 model
(:mod:`rnnoise_py.model`) → C sources (:mod:`rnnoise_py.codegen`) → librnnoise (``reference_c``) → denoised audio
(:mod:`rnnoise_py.denoiser`) → report (:mod:`rnnoise_py.report`).

:mod:`rnnoise_py.stages` has one function for each step of that way; the names below are for single arrays and models.
They are imported on first use, so that ``import rnnoise_py`` stays quick.
"""

from typing import TYPE_CHECKING, Final

from rnnoise_py.version import __version__

if TYPE_CHECKING:
    from rnnoise_py import stages
    from rnnoise_py.denoiser import (
        Controls,
        Denoised,
        Denoiser,
        denoise,
        denoise_batch,
        denoise_with_vad,
        speech_segments,
    )
    from rnnoise_py.errors import DependencyError, InputError, ModelError, OutputError, RNNoiseError
    from rnnoise_py.model import Int8Model, read_model, write_model
    from rnnoise_py.rows.extractor import iter_training_rows, training_rows
    from rnnoise_py.rows.features import FeatureAnalysis, analyse_features, extract_features

__all__ = [
    "Controls",
    "Denoised",
    "Denoiser",
    "DependencyError",
    "FeatureAnalysis",
    "InputError",
    "Int8Model",
    "ModelError",
    "OutputError",
    "RNNoiseError",
    "__version__",
    "analyse_features",
    "denoise",
    "denoise_batch",
    "denoise_with_vad",
    "extract_features",
    "iter_training_rows",
    "read_model",
    "speech_segments",
    "stages",
    "training_rows",
    "write_model",
]

_HOMES: Final = {
    "rnnoise_py.denoiser": (
        "Controls",
        "Denoised",
        "Denoiser",
        "denoise",
        "denoise_batch",
        "denoise_with_vad",
        "speech_segments",
    ),
    "rnnoise_py.errors": ("DependencyError", "InputError", "ModelError", "OutputError", "RNNoiseError"),
    "rnnoise_py.model": ("Int8Model", "read_model", "write_model"),
    "rnnoise_py.rows.extractor": ("iter_training_rows", "training_rows"),
    "rnnoise_py.rows.features": ("FeatureAnalysis", "analyse_features", "extract_features"),
}

if not TYPE_CHECKING:  # mypy must not see this: to it a name that is not imported above does not exist

    def __getattr__(name):
        from importlib import import_module

        if name == "stages":
            return import_module("rnnoise_py.stages")
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(home), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
