"""Voice activity label of a clean frame, from its energy and a counter of quiet frames."""

from typing import Any

import numpy as np

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.spec.constants import VAD_COUNT_MAX, VAD_COUNT_OFF, VAD_ENERGY_HIGH, VAD_ENERGY_LOW, VAD_ENERGY_MID

_HIGH = VAD_ENERGY_HIGH
_MID = VAD_ENERGY_MID
_LOW = VAD_ENERGY_LOW
_MAX = VAD_COUNT_MAX
_OFF = VAD_COUNT_OFF


@kernel
def vad_label(energy: Any, count: Any) -> Any:
    """Return (label 0, ½ or 1 as float32; counter 0 … 15) after a frame of this energy (int16 units²)."""
    if energy > _HIGH:
        count = 0
    elif energy > _MID:
        count -= 5
    elif energy > _LOW:
        count += 1
    else:
        count += 2
    count = min(max(count, 0), _MAX)
    if count >= _OFF:
        return np.float32(0), count
    if count > 0:
        return np.float32(0.5), count
    return np.float32(1), count


@kernel
def vad_labels(energies: Any, count: Any, labels: Any) -> Any:
    """Label frame after frame: float32 energies → float32 labels (equal length); return the counter."""
    for frame in range(len(energies)):
        labels[frame], count = vad_label(energies[frame], count)
    return count
