"""Denoising with a trained model: whole recordings, streams and single frames.

>>> from rnnoise_py import Denoiser, denoise             # doctest: +SKIP
>>> clean = denoise(audio, 44_100, model="model.rnnn")   # doctest: +SKIP

One interface, two backends with the same bits: numba kernels (no compiler needed) and a native librnnoise.
:func:`open_engine` opens a model once, for one of the two; a backend (:mod:`.backend`, :mod:`.native`) denoises frames
of one channel; :class:`Denoiser` makes streams of any rate and channel count of it, :func:`denoise` whole arrays.

Names below are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnoise_py.denoiser.batch import denoise_batch as denoise_batch
    from rnnoise_py.denoiser.controls import Controls as Controls
    from rnnoise_py.denoiser.denoiser import Denoiser as Denoiser
    from rnnoise_py.denoiser.engine import Engine as Engine
    from rnnoise_py.denoiser.engine import open_engine as open_engine
    from rnnoise_py.denoiser.models import default_model_path as default_model_path
    from rnnoise_py.denoiser.models import find_model as find_model
    from rnnoise_py.denoiser.segments import speech_segments as speech_segments
    from rnnoise_py.denoiser.whole import Denoised as Denoised
    from rnnoise_py.denoiser.whole import denoise as denoise
    from rnnoise_py.denoiser.whole import denoise_with_vad as denoise_with_vad

_EXPORTS = {
    "Controls": "controls",
    "Denoised": "whole",
    "Denoiser": "denoiser",
    "Engine": "engine",
    "default_model_path": "models",
    "denoise": "whole",
    "denoise_batch": "batch",
    "denoise_with_vad": "whole",
    "find_model": "models",
    "open_engine": "engine",
    "speech_segments": "segments",
}

__all__ = [
    "Controls",
    "Denoised",
    "Denoiser",
    "Engine",
    "default_model_path",
    "denoise",
    "denoise_batch",
    "denoise_with_vad",
    "find_model",
    "open_engine",
    "speech_segments",
]

if not TYPE_CHECKING:  # mypy must not see this: to it a name that is not imported above does not exist

    def __getattr__(name):
        if name in _EXPORTS:
            return getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
