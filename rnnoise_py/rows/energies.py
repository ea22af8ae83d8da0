"""Energies of frames of 16-bit samples, exact."""

import numpy as np

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Int16Array, Int64Array
from rnnoise_py.spec.constants import FRAME_SIZE


@kernel
def _frame_energies(pcm: Int16Array, energies: Int64Array) -> None:
    for frame in range(len(energies)):
        total = np.int64(0)
        for i in range(frame * FRAME_SIZE, (frame + 1) * FRAME_SIZE):
            total += np.int64(np.int32(pcm[i]) * np.int32(pcm[i]))
        energies[frame] = total


def frame_energies(pcm: Int16Array) -> Int64Array:
    """Σ x² of each whole frame: int16 (samples,) → int64 (frames,)."""
    energies = np.empty(len(pcm) // FRAME_SIZE, np.int64)
    _frame_energies(np.ascontiguousarray(pcm), energies)
    return energies
