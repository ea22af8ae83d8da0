"""Spectral variability: how far each of the last eight cepstra is from its nearest other.

Source: the contract's features, step 9. Only the distances of the newest cepstrum are computed anew; the
others are kept in a table beside the ring.
"""

from typing import Any

import numpy as np

from rnnoise_py.constants import CEPS_MEM, NB_BANDS, VARIABILITY_OFFSET, VARIABILITY_START
from rnnoise_py.dsp.jit import kernel

_MEM = CEPS_MEM
_BANDS = NB_BANDS
_START = VARIABILITY_START
_OFFSET = VARIABILITY_OFFSET
_ZERO = np.float32(0)


@kernel
def update_distances(ring: Any, distances: Any, slot: Any) -> None:
    """Recompute the distances of the ring's ``slot`` to all others.

    ``ring`` is float32 (22, 8) (a column per slot), ``distances`` float32 (8, 8), symmetric.
    """
    row = distances[slot]
    for j in range(_MEM):
        row[j] = _ZERO
    for k in range(_BANDS):
        for j in range(_MEM):
            difference = ring[k, slot] - ring[k, j]
            row[j] += difference * difference
    for j in range(_MEM):
        distances[j, slot] = row[j]


@kernel
def spectral_variability(distances: Any) -> Any:
    """Mean over the slots of the distance to the nearest other slot, minus 2.1; float32."""
    total = _ZERO
    for i in range(_MEM):  # quirk Q-RING-SLOTS: in the order of the slots, whatever their age
        nearest = _START
        for j in range(_MEM):
            if j != i:
                nearest = nearest if nearest < distances[i, j] else distances[i, j]
        total = total + nearest
    return np.float32(np.float64(total / np.float32(_MEM)) - _OFFSET)
