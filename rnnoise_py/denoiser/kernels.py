"""The kernels of the denoiser, for one frame at a time and for sixteen side by side."""

from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.models import find_model, network_of
from rnnoise_py.dsp.denoiser import denoise_chunk
from rnnoise_py.dsp.network import Network
from rnnoise_py.dsp.stream import (
    Analysis,
    Resynthesis,
    Stream,
    Voice,
    new_analysis,
    new_resynthesis,
    new_stream,
    new_voice,
)
from rnnoise_py.lanes.jit import is_compiled, seldom_collected
from rnnoise_py.spec.constants import FRAME_SIZE

F32 = npt.NDArray[np.float32]

CHUNK_BLOCKS: Final = 8  # blocks of sixteen frames a kernel call: the workspaces stay in the second-level cache


class State(NamedTuple):
    """What a stream remembers."""

    stream: Stream
    voice: Voice


class Work(NamedTuple):
    """Workspaces for a number of frames side by side."""

    size: int  #: frames of a kernel call, at most
    analysis: Analysis
    resynthesis: Resynthesis
    lanes: tuple[int, ...]  #: a zero for each frame


def new_state(network: Network) -> State:
    """Return the state before the first frame."""
    return State(new_stream(), new_voice(network))


def new_work(kind: int) -> Work:
    """Allocate the workspaces for ``kind`` frames side by side."""
    size = 1 if kind == 1 else CHUNK_BLOCKS * kind
    return Work(size, new_analysis(size, kind), new_resynthesis(kind), (0,) * kind)


def run(samples: F32, network: Network, state: State, work: Work, out: F32, vad: F32) -> None:
    """Denoise whole frames; arrays as of :class:`~rnnoise_py.denoiser.backend.Backend`."""
    count, size = len(vad), work.size
    for first in range(0, count, size):
        last = min(count, first + size)
        part = slice(first * FRAME_SIZE, last * FRAME_SIZE)
        denoise_chunk(*_arguments(samples[part], network, state, work, out[part], vad[first:last]))


def _arguments(samples: F32, network: Network, state: State, work: Work, out: F32, vad: F32) -> tuple[Any, ...]:
    return (samples, state.stream, work.analysis, network, state.voice, work.resynthesis, out, vad, work.lanes)


def _trial(kind: int) -> tuple[Any, ...]:
    """Return arguments of the kernels for ``kind`` frames side by side: a silent frame."""
    network = network_of(find_model(None)[0])
    samples, vad = np.zeros(FRAME_SIZE, np.float32), np.zeros(1, np.float32)
    return _arguments(samples, network, new_state(network), new_work(kind), samples.copy(), vad)


@cache
def are_compiled(kind: int) -> bool:
    """Whether the kernels for ``kind`` frames side by side were compiled by an earlier process, or by now in this."""
    return is_compiled(denoise_chunk, *_trial(kind))


def compile_kernels(kind: int) -> None:
    """Compile the kernels for ``kind`` frames side by side, or load them: half a minute, or some milliseconds."""
    with seldom_collected():
        denoise_chunk(*_trial(kind))
    are_compiled.cache_clear()
