"""Denoising with a trained model: whole recordings, streams and single frames.

>>> from rnnoise_py import Denoiser, denoise             # doctest: +SKIP
>>> clean = denoise(audio, 44_100, model="model.rnnn")   # doctest: +SKIP

One interface, two backends with the same bits: numba kernels (no compiler needed) and a native librnnoise.
A backend (:mod:`.backend`, :mod:`.native`) denoises frames of one channel; :class:`Denoiser` makes streams of
any rate and channel count of it, :func:`denoise` whole arrays.
"""

from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.denoiser.denoiser import Denoiser
from rnnoise_py.denoiser.models import default_model_path, find_model
from rnnoise_py.denoiser.segments import speech_segments
from rnnoise_py.denoiser.whole import Denoised, denoise, denoise_with_vad

__all__ = [
    "Controls",
    "Denoised",
    "Denoiser",
    "default_model_path",
    "denoise",
    "denoise_with_vad",
    "find_model",
    "speech_segments",
]
