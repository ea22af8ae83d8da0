"""Train your own RNNoise noise suppressor: from folders of audio to librnnoise.so.

The stages, in the order in which data flows through them:

audio (:mod:`rnnoise_py.audio`, :mod:`rnnoise_py.dataset`) → mixed stream (:mod:`rnnoise_py.rows.mixer`) → frames
→ 87-wide training rows (:mod:`rnnoise_py.rows.extractor`) → HDF5 (:mod:`rnnoise_py.pipeline`) → Keras model
(:mod:`rnnoise_py.training`) → int8 model (:mod:`rnnoise_py.model`) → C sources (:mod:`codegen`) →
librnnoise (``reference_c``) → denoised audio (:mod:`rnnoise_py.denoiser`).

Names below are imported on first use, so that ``import rnnoise_py`` stays quick.
"""

from importlib import import_module
from typing import Any

from rnnoise_py.version import __version__

_EXPORTS = {
    "training_rows": "rnnoise_py.rows.extractor",
    "iter_training_rows": "rnnoise_py.rows.extractor",
    "extract_features": "rnnoise_py.rows.features",
    "analyse_features": "rnnoise_py.rows.features",
    "Int8Model": "rnnoise_py.model",
    "read_model": "rnnoise_py.model",
    "write_model": "rnnoise_py.model",
    "Denoiser": "rnnoise_py.denoiser",
    "denoise": "rnnoise_py.denoiser",
}

__all__ = ["__version__", *_EXPORTS]  # noqa: PLE0604 - strings all


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
