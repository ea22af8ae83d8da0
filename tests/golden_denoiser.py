"""Every kernel of the denoiser on a few recorded frames, for :mod:`tests.golden_frames`."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.dsp.denoiser import feature_chunk
from rnnoise_py.dsp.stream import new_analysis, new_stream
from rnnoise_py.lanes.jit import ONE
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.model_samples import synthetic

F = np.float32
SUBNORMAL = F(1e-41)


def denoise_frames(pcm: npt.NDArray[np.int16], tag: str) -> dict[str, npt.NDArray[Any]]:
    """Audio and probabilities of whole frames, features, the same once more from subnormal states, and near-silence."""
    count = len(pcm) // FRAME_SIZE
    samples = pcm.astype(F)
    backend = NumbaBackend(synthetic(tag))
    audio, vad = np.zeros_like(samples), np.zeros(count, F)
    backend.process(samples, audio, vad)
    again, after = np.zeros_like(samples), np.zeros(count, F)
    for state in backend._state.voice.network[:3]:
        state[::2] = SUBNORMAL
    backend.process(samples, again, after)
    backend.reset()
    silence, vanished = np.full(2 * FRAME_SIZE, SUBNORMAL, F), np.zeros(2 * FRAME_SIZE, F)
    backend.process(silence, vanished, np.zeros(2, F))

    stream, analysis = new_stream(), new_analysis(1, 1)
    features, energies, logs = np.zeros((count, 42), F), np.zeros((count, 22), F), np.zeros((count, 22), F)
    silent = np.zeros(1, np.int64)
    for i in range(count):
        own = slice(i, i + 1)
        feature_chunk(
            samples[i * FRAME_SIZE : (i + 1) * FRAME_SIZE],
            stream,
            analysis,
            features[own],
            energies[own],
            logs[own],
            silent,
            ONE,
        )
    return {
        "audio": audio.reshape(count, FRAME_SIZE),
        "vad": vad,
        "again": again,
        "after": after,
        "features": features,
        "energies": energies,
        "logs": logs,
        "vanished": vanished,
    }
