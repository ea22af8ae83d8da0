"""The 42 features of one recording, as the denoiser sees them at run time.

>>> features = extract_features(pcm)                     # doctest: +SKIP
>>> analysis = analyse_features(pcm)                     # doctest: +SKIP
>>> analysis.pitch_period                                # doctest: +SKIP
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.arrays import check_array, check_range
from rnnoise_py.dsp.denoiser import feature_chunk
from rnnoise_py.dsp.stream import new_analysis, new_stream
from rnnoise_py.lanes.jit import BULK, LANES
from rnnoise_py.lanes.types import Float32Array, Int64Array
from rnnoise_py.spec.constants import FRAME_SIZE, NB_BANDS, NB_FEATURES, PCM_SCALE

CHUNK_FRAMES: Final = 8 * LANES  # frames analysed at a time


@dataclass(frozen=True)
class FeatureAnalysis:
    """Features of each 10 ms frame and what they were made of."""

    features: Float32Array  #: (frames, 42), columns as in :mod:`rnnoise_py.spec.layout`; zeros in silent frames
    pitch_period: Int64Array  #: (frames,) samples at 48 kHz, 60 … 768
    pitch_gain: Float32Array  #: (frames,) 0 … 1: how periodic the frame is
    band_energy: Float32Array  #: (frames, 22) band energies of the windowed spectrum, int16 units²
    log_energy: Float32Array  #: (frames, 22) log10 of them, with the floors that follow the bands
    silent: npt.NDArray[np.bool_]  #: (frames,) total energy below 0.04: no features

    def __len__(self) -> int:
        return len(self.features)


def as_samples(pcm: Any) -> npt.NDArray[Any]:
    """Check one 48 kHz mono signal; return int16 or floating as it is.

    Raises
    ------
    InputError
        Unless it is one-dimensional int16 or float, finite, and at least one sample long.

    Warns
    -----
    UserWarning
        When floats lie beyond ±1.
    """
    array = check_array(pcm, mono=True, least=1)
    check_range(array)
    return array


def scaled(part: npt.NDArray[Any]) -> Float32Array:
    """Samples of a checked signal as float32 in ±32768."""
    samples = part.astype(np.float32)
    return samples if part.dtype == np.int16 else samples * np.float32(PCM_SCALE)


def analyse_features(pcm: npt.NDArray[Any]) -> FeatureAnalysis:
    """Extract the features of a signal together with pitch and energies.

    Parameters
    ----------
    pcm
        48 kHz mono, one-dimensional int16, or float in ±1. It passes the denoiser's high-pass first. A last
        frame that is not whole is filled with zeros.

    Returns
    -------
    FeatureAnalysis
        Row k belongs to the 20 ms that end with sample 480·(k + 1).

    Raises
    ------
    InputError
        When the array cannot be used.

    Warns
    -----
    UserWarning
        When floats lie beyond ±1.

    Notes
    -----
    These are the features of the denoiser (contract/inference §5): no mixing, and silent frames have zeros. Training
    rows come from :func:`rnnoise_py.training_rows`.
    """
    array = as_samples(pcm)
    count = -(-len(array) // FRAME_SIZE)
    result = FeatureAnalysis(
        np.empty((count, NB_FEATURES), np.float32),
        np.empty(count, np.int64),
        np.empty(count, np.float32),
        np.empty((count, NB_BANDS), np.float32),
        np.empty((count, NB_BANDS), np.float32),
        np.empty(count, np.bool_),
    )
    stream, analysis = new_stream(), new_analysis(CHUNK_FRAMES, LANES)
    silent = np.empty(CHUNK_FRAMES, np.int64)
    for first in range(0, count, CHUNK_FRAMES):
        last = min(count, first + CHUNK_FRAMES)
        samples = scaled(array[first * FRAME_SIZE : last * FRAME_SIZE])
        missing = (last - first) * FRAME_SIZE - len(samples)
        if missing:
            samples = np.concatenate([samples, np.zeros(missing, np.float32)])
        own = slice(first, last)
        feature_chunk(
            samples,
            stream,
            analysis,
            result.features[own],
            result.band_energy[own],
            result.log_energy[own],
            silent,
            BULK,
        )
        result.pitch_period[own] = analysis.pitch.period[: last - first]
        result.pitch_gain[own] = analysis.pitch.gain[: last - first]
        result.silent[own] = silent[: last - first] != 0
    return result


def extract_features(pcm: npt.NDArray[Any]) -> Float32Array:
    """Extract the run-time features of a signal, float32 (frames, 42); see :func:`analyse_features`.

    Examples
    --------
    >>> features = extract_features(pcm)                 # doctest: +SKIP
    >>> features[:, layout.PITCH_PERIOD.columns]         # doctest: +SKIP
    """
    return analyse_features(pcm).features
