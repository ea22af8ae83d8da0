"""Run a backend over a recording, and measure how long that takes."""

import time
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import to_int16
from rnnoise_py.denoiser.backend import Backend
from rnnoise_py.spec.constants import FRAME_MS, FRAME_SIZE, PCM_SCALE, SAMPLE_RATE

Int16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]

BUFFER_FRAMES: Final = 2  # 20 ms, what a sound card hands over at a time
BUFFER_SECONDS: Final = BUFFER_FRAMES * FRAME_MS / 1000
TIMED_BUFFERS: Final = 250  # 5 s


class Denoised(NamedTuple):
    """A denoised recording and how long it took."""

    audio: Int16  #: sample n belongs to sample n of the input
    vad: F32  #: (frames,) speech probabilities, of each begun 10 ms
    factor: float  #: processor time per time of audio, whole recording
    buffer_factor: float  #: the same for buffers of 20 ms


def denoise_recording(backend: Backend, pcm: Int16) -> Denoised:
    """Denoise 48 kHz mono int16; rounded, saturated, and not late.

    The times are of the processor, so that other work on the machine does not count; kernels are warm.
    """
    frames = -(-len(pcm) // FRAME_SIZE)
    samples = np.zeros((frames + 1) * FRAME_SIZE, np.float32)
    samples[: len(pcm)] = pcm
    out, vad = np.empty_like(samples), np.empty(frames + 1, np.float32)
    _warm(backend)
    backend.reset()
    started = time.thread_time()
    backend.process(samples, out, vad)
    spent = time.thread_time() - started
    late = out[FRAME_SIZE : FRAME_SIZE + len(pcm)]
    audio, _ = to_int16(late / np.float32(PCM_SCALE))
    backend.reset()
    factor = spent / (len(pcm) / SAMPLE_RATE)
    return Denoised(audio, vad[:frames].copy(), factor, _buffer_factor(backend, samples[: frames * FRAME_SIZE]))


def _warm(backend: Backend) -> None:
    for frames in (1, BUFFER_FRAMES, 1000 // FRAME_MS):
        silence = np.zeros(frames * FRAME_SIZE, np.float32)
        backend.process(silence, np.empty_like(silence), np.empty(frames, np.float32))


def _buffer_factor(backend: Backend, samples: F32) -> float:
    """Mean processor time of a buffer of 20 ms, as a share of 20 ms; from the first seconds."""
    size = BUFFER_FRAMES * FRAME_SIZE
    count = min(TIMED_BUFFERS, max(1, len(samples) // size))
    padded = np.zeros(count * size, np.float32)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    out, vad = np.empty(size, np.float32), np.empty(BUFFER_FRAMES, np.float32)
    started = time.thread_time()
    for first in range(0, len(padded), size):
        backend.process(padded[first : first + size], out, vad)
    return (time.thread_time() - started) / count / BUFFER_SECONDS
