"""Denoise a whole array in one call."""

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.arrays import check_array
from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.denoiser.denoiser import Denoiser
from rnnoise_py.denoiser.engine import Engine, ModelLike, compile_for, open_engine
from rnnoise_py.spec.constants import SAMPLE_RATE

CHUNK_SAMPLES: Final = 1 << 17  # samples taken at a time


class Denoised(NamedTuple):
    """A denoised recording and what was learnt on the way."""

    audio: npt.NDArray[Any]  #: dtype, shape and rate of the input (shorter when cut)
    vad: npt.NDArray[np.float32]  #: speech probability of each 10 ms: (frames,) or (frames, channels)
    clipped: int  #: integer output samples that were saturated


def denoise_with_vad(
    audio: npt.ArrayLike,
    sample_rate: int = SAMPLE_RATE,
    model: Engine | ModelLike = None,
    *,
    backend: str = "auto",
    library: str | Path | None = None,
    controls: Controls | None = None,
    workers: int = 1,
) -> Denoised:
    """Denoise a recording and return its speech probabilities too; see :func:`denoise`."""
    array = check_array(audio, least=1)
    channels = 1 if array.ndim == 1 else array.shape[1]
    engine = open_engine(model, backend, library)
    parts, vads = [], []
    with Denoiser(engine, sample_rate=sample_rate, channels=channels, controls=controls, workers=workers) as denoiser:
        compile_for(engine, streams=False)
        for first in range(0, len(array), CHUNK_SAMPLES):
            parts.append(denoiser.process(array[first : first + CHUNK_SAMPLES]))
            vads.append(denoiser.vad)
        parts.append(denoiser.flush())
        vads.append(denoiser.vad)
        return Denoised(np.concatenate(parts), np.concatenate(vads), denoiser.clipped)


def denoise(
    audio: npt.ArrayLike,
    sample_rate: int = SAMPLE_RATE,
    model: Engine | ModelLike = None,
    *,
    backend: str = "auto",
    library: str | Path | None = None,
    controls: Controls | None = None,
    workers: int = 1,
) -> npt.NDArray[Any]:
    """Remove the noise from a recording.

    Parameters
    ----------
    audio
        int16, or float in ±1; (samples,) or (samples, channels); at least one sample.
    sample_rate
        Hz, 4,000 … 768,000.
    model, backend, library, controls, workers
        As in :class:`~rnnoise_py.denoiser.Denoiser`.

    Returns
    -------
    Denoised audio of the same dtype, length, rate and channels, sample n for sample n.

    Raises
    ------
    InputError
        When an argument, the model or the library cannot be used.

    Examples
    --------
    >>> clean = denoise(noisy, 16_000, "model.rnnn")                             # doctest: +SKIP
    >>> softer = denoise(noisy, 16_000, "model.rnnn", controls=Controls(mix=.8))  # doctest: +SKIP
    """
    return denoise_with_vad(
        audio, sample_rate, model, backend=backend, library=library, controls=controls, workers=workers
    ).audio
