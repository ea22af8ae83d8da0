"""Voice activity label of a clean frame, from its energy and a counter of quiet frames (contract/features §20)."""

import numpy as np

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32, Float32Array
from rnnoise_py.spec.constants import VAD_COUNT_MAX, VAD_COUNT_OFF, VAD_ENERGY_HIGH, VAD_ENERGY_LOW, VAD_ENERGY_MID


@kernel
def vad_label(energy: Float32, count: int) -> tuple[Float32, int]:
    """Return (label 0, ½ or 1 as float32; counter 0 … 15) after a frame of this energy (int16 units²)."""
    if energy > VAD_ENERGY_HIGH:
        count = 0
    elif energy > VAD_ENERGY_MID:
        count -= 5
    elif energy > VAD_ENERGY_LOW:
        count += 1
    else:
        count += 2
    count = min(max(count, 0), VAD_COUNT_MAX)
    if count >= VAD_COUNT_OFF:
        return np.float32(0), count
    if count > 0:
        return np.float32(0.5), count
    return np.float32(1), count


@kernel
def vad_labels(energies: Float32Array, count: int, labels: Float32Array) -> int:
    """Label frame after frame: float32 energies → float32 labels (equal length); return the counter."""
    for frame in range(len(energies)):
        labels[frame], count = vad_label(energies[frame], count)
    return count
