"""Spectral variability: how far each of the last eight cepstra is from its nearest other.

Source: the contract's features, step 9. Only the distances of the newest cepstrum are computed anew; the
others are kept in a table beside the ring.
"""

from typing import Any

import numpy as np

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.vectors import load, ordered_total, select, splat, store
from rnnoise_py.spec.constants import CEPS_MEM, NB_BANDS, VARIABILITY_OFFSET, VARIABILITY_START

_MEM = CEPS_MEM
_SLOTS = (0,) * CEPS_MEM  # the slots of the ring as lanes
_OTHERS = (np.float32(1) - np.eye(CEPS_MEM, dtype=np.float32)).ravel()  # 1 but for a slot and itself
_BANDS = NB_BANDS
_START = VARIABILITY_START
_OFFSET = VARIABILITY_OFFSET
_ZERO = np.float32(0)


@kernel
def update_distances(ring: Any, distances: Any, slot: Any) -> None:
    """Recompute the distances of the ring's ``slot`` to all others.

    ``ring`` is float32 (22·8,), a row of slots per coefficient, ``distances`` float32 (8·8,), symmetric.
    """
    sums = splat(_ZERO, _SLOTS)
    for k in range(_BANDS):
        difference = ring[k * _MEM + slot] - load(ring, k * _MEM, _SLOTS)
        sums = sums + difference * difference
    store(distances, slot * _MEM, sums)
    for j in range(_MEM):
        distances[j * _MEM + slot] = distances[slot * _MEM + j]


@kernel
def spectral_variability(distances: Any) -> Any:
    """Mean over the slots of the distance to the nearest other slot, minus 2.1; float32."""
    nearest = splat(_START, _SLOTS)
    for j in range(_MEM):
        row = load(distances, j * _MEM, _SLOTS)
        closer = select(nearest < row, nearest, row)
        nearest = select(load(_OTHERS, j * _MEM, _SLOTS) > _ZERO, closer, nearest)
    # quirk Q-RING-SLOTS: in the order of the slots, whatever their age
    return np.float32(np.float64(ordered_total(nearest) / np.float32(_MEM)) - _OFFSET)
