"""Spectral variability: how far each of the last eight cepstra is from its nearest other.

Source: contract/features §15. Only the distances of the newest cepstrum are recomputed; the
others are kept in a table beside the ring.
"""

import numpy as np

from rnnoise_py.dsp.numerals import ZERO
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32, Float32Array
from rnnoise_py.lanes.vectors import load, ordered_total, select, splat, store
from rnnoise_py.spec.constants import CEPS_MEM, NB_BANDS, VARIABILITY_OFFSET, VARIABILITY_START

_SLOTS = (0,) * CEPS_MEM  # the slots of the ring as lanes
_OTHERS = (np.float32(1) - np.eye(CEPS_MEM, dtype=np.float32)).ravel()  # 1 but for a slot and itself


@kernel
def update_distances(ring: Float32Array, distances: Float32Array, slot: int) -> None:
    """Recompute the distances of the ring's ``slot`` to all others.

    ``ring`` is float32 (22·8,), a row of slots per coefficient, ``distances`` float32 (8·8,), symmetric.
    """
    sums = splat(ZERO, _SLOTS)
    for k in range(NB_BANDS):
        difference = ring[k * CEPS_MEM + slot] - load(ring, k * CEPS_MEM, _SLOTS)
        sums = sums + difference * difference
    store(distances, slot * CEPS_MEM, sums)
    for j in range(CEPS_MEM):
        distances[j * CEPS_MEM + slot] = distances[slot * CEPS_MEM + j]


@kernel
def spectral_variability(distances: Float32Array) -> Float32:
    """Mean over the slots of the distance to the nearest other slot, minus 2.1; float32."""
    nearest = splat(VARIABILITY_START, _SLOTS)
    for j in range(CEPS_MEM):
        row = load(distances, j * CEPS_MEM, _SLOTS)
        closer = select(nearest < row, nearest, row)
        nearest = select(load(_OTHERS, j * CEPS_MEM, _SLOTS) > ZERO, closer, nearest)
    # quirk Q-RING-SLOTS: in the order of the slots, whatever their age
    return np.float32(np.float64(ordered_total(nearest) / np.float32(CEPS_MEM)) - VARIABILITY_OFFSET)
