"""The arrays of a stream that comes frame by frame: made once, so that a frame costs little more than its denoising."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.backend import Backend
from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE

F32 = npt.NDArray[np.float32]

#: of one channel: who denoises, samples, output, probabilities
Job: TypeAlias = tuple[Backend, F32, F32, F32]


class OneFrame(NamedTuple):
    """Arrays that are used for every frame."""

    dtype: np.dtype[Any]  #: the user's
    shape: tuple[int, ...]  #: as the user gives it
    samples: F32  #: of that shape: what comes in
    audio: F32  #: of that shape: what comes out
    vad: F32  #: (1,) or (1, channels)
    jobs: list[Job]  #: views of the same, one a channel


def new_frame(dtype: np.dtype[Any], shape: tuple[int, ...], backends: Sequence[Backend], sample_rate: int) -> OneFrame:
    """Make the arrays for frames of ``shape``, (480,) or (480, channels); :class:`InputError` when it is another."""
    if shape[0] != FRAME_SIZE or sample_rate != SAMPLE_RATE:
        raise InputError(
            f"{shape[0]} samples at {sample_rate} Hz are not one frame: give {FRAME_SIZE} samples at "
            f"{SAMPLE_RATE} Hz, or use process()"
        )
    samples, audio = (np.zeros((len(backends), FRAME_SIZE), np.float32) for _ in range(2))
    vads = np.zeros((len(backends), 1), np.float32)
    flat = len(shape) == 1
    return OneFrame(
        dtype,
        shape,
        samples[0] if flat else samples.T,
        audio[0] if flat else audio.T,
        vads[0] if len(backends) == 1 else vads.T,
        list(zip(backends, samples, audio, vads, strict=True)),
    )
