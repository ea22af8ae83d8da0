"""What denoises frames of one channel, and the backend made of numba kernels."""

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.models import network_of
from rnnoise_py.model import Int8Model

if TYPE_CHECKING:
    from rnnoise_py.denoiser import kernels
    from rnnoise_py.dsp.network import Network

F32 = npt.NDArray[np.float32]

ONE: Final = 1  #: frames side by side in streams
BULK: Final = 16  #: frames side by side in files
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
        from rnnoise_py.denoiser import kernels

        self._kernels = kernels
        self._network = network_of(model) if isinstance(model, Int8Model) else model
        self._work: dict[int, kernels.Work] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everything heard so far."""
        self._state = self._kernels.new_state(self._network)

    def close(self) -> None:
        """Nothing to free."""

    def process(self, samples: F32, out: F32, vad: F32) -> None:
        """Denoise whole frames; see :class:`Backend`."""
        self._kernels.run(samples, self._network, self._state, self._work_for(len(vad)), out, vad)

    def _work_for(self, count: int) -> "kernels.Work":
        """Return the workspaces for the kernels that are best for so many frames.

        Where those are still to be compiled, which takes half a minute, and the others are not, these are used: the
        bits are the same, only the speed is not.
        """
        best, other = (BULK, ONE) if count >= BULK_FROM else (ONE, BULK)
        if best not in self._work:
            if not self._kernels.are_compiled(best) and self._kernels.are_compiled(other):
                best = other
            if best not in self._work:
                self._work[best] = self._kernels.new_work(best)
        return self._work[best]
