"""What denoises frames of one channel, and the backend made of numba kernels."""

from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.models import network_of
from rnnoise_py.model import Int8Model
from rnnoise_py.spec.constants import FRAME_SIZE

if TYPE_CHECKING:
    from rnnoise_py.dsp.network import Network

F32 = npt.NDArray[np.float32]

CHUNK_BLOCKS: Final = 8  # blocks of sixteen frames a kernel call: the workspaces stay in the second-level cache
BULK_FROM: Final = 8  # from this many frames on, a block padded to sixteen is quicker than single frames


class Backend(Protocol):
    """The denoiser of one channel, with its state; one thread at a time."""

    name: str  #: ``"numba"`` or ``"native"``

    def process(self, samples: F32, out: F32, vad: F32) -> None:
        """Denoise whole frames.

        Parameters
        ----------
        samples
            float32 (480·n,), C-contiguous, ±32768.
        out
            float32 (480·n,), overwritten, one frame late.
        vad
            float32 (n,), overwritten: speech probabilities.
        """

    def reset(self) -> None:
        """Forget everything heard so far."""

    def close(self) -> None:
        """Free what the backend holds; it cannot be used afterwards."""


class NumbaBackend:
    """Kernels of this package; compiled at the first call and kept for later processes.

    Parameters
    ----------
    model
        An int8 model, or any weights as the kernels take them.
    """

    name = "numba"

    def __init__(self, model: "Int8Model | Network") -> None:
        self._network = network_of(model) if isinstance(model, Int8Model) else model
        self._bulk: Any = None
        self._one: Any = None
        self.reset()

    def reset(self) -> None:
        """Forget everything heard so far."""
        from rnnoise_py.dsp.stream import new_stream, new_voice

        self._stream = new_stream()
        self._voice = new_voice(self._network)

    def close(self) -> None:
        """Nothing to free."""

    def process(self, samples: F32, out: F32, vad: F32) -> None:
        """Denoise whole frames; see :class:`Backend`."""
        from rnnoise_py.dsp.stream import new_analysis, new_resynthesis
        from rnnoise_py.lanes.jit import BULK, LANES, ONE

        count = len(vad)
        lanes: tuple[int, ...]
        if count >= BULK_FROM:
            size, lanes = CHUNK_BLOCKS * LANES, BULK
            if self._bulk is None:
                self._bulk = new_analysis(size, LANES), new_resynthesis(LANES)
            work = self._bulk
        else:
            size, lanes = 1, ONE
            if self._one is None:
                self._one = new_analysis(1, 1), new_resynthesis(1)
            work = self._one
        for first in range(0, count, size):
            self._chunk(samples, out, vad, slice(first, min(count, first + size)), work, lanes)

    def _chunk(self, samples: F32, out: F32, vad: F32, frames: slice, work: Any, lanes: tuple[int, ...]) -> None:
        from rnnoise_py.dsp.denoiser import denoise_chunk

        part = slice(frames.start * FRAME_SIZE, frames.stop * FRAME_SIZE)
        analysis, resynthesis = work
        denoise_chunk(
            samples[part],
            self._stream,
            analysis,
            self._network,
            self._voice,
            resynthesis,
            out[part],
            vad[frames],
            lanes,
        )
