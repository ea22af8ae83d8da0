"""Cutting 960-sample frames out of a signal, windowed and laid side by side in lanes.

The power-complementary window of Vorbis (contract/features §3): the rising half is the table, the falling half its
mirror image.
"""

from typing import Final

import numpy as np

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array, Int64Array, Lanes
from rnnoise_py.lanes.vectors import BLOCK, WIDE, all_of, load, store, to_lanes
from rnnoise_py.spec.constants import WINDOW_SIZE
from rnnoise_py.spec.tables import HALF_WINDOW

#: Frames whose samples are all below this have band energies of exactly 0: a bin is at most the peak, and the
#: square of anything under 2⁻⁷⁵ rounds to 0.
INAUDIBLE: Final = np.float32(2.0**-77)

WINDOW: Final = np.concatenate([HALF_WINDOW, HALF_WINDOW[::-1]])  #: 960 float32


@kernel
def window(signal: Float32Array, starts: Int64Array, x: Float32Array, lanes: Lanes) -> None:
    """Lay windowed frames side by side.

    Parameters
    ----------
    signal
        float32, any length.
    starts
        int64 (R,), first sample of each frame.
    x
        float32 (960·R,), overwritten in lane order.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for first in range(0, WINDOW_SIZE, BLOCK):
        to_lanes(signal, starts, first, x, first * R, lanes)
        for i in range(first, first + BLOCK):
            store(x, i * R, load(x, i * R, lanes) * WINDOW[i])


@kernel
def is_inaudible(samples: Float32Array) -> bool:
    """Whether all samples are inaudible; their number is a multiple of 16. NaN is audible."""
    for i in range(0, len(samples), len(WIDE)):
        some = load(samples, i, WIDE)
        if not all_of((some < INAUDIBLE) & (some > -INAUDIBLE)):
            return False
    return True


@kernel
def skip_inaudible(signal: Float32Array, starts: Int64Array, silence: int, lanes: Lanes) -> None:
    """Point the frames that are inaudible at ``silence``, the first of 960 zeros in ``signal``.

    The filters of a muted source ring on in subnormal numbers, on which arithmetic is slow. Only for frames of which
    nothing but the band energies is wanted: their bits stay the same.
    """
    for lane in range(len(lanes)):
        if is_inaudible(signal[starts[lane] : starts[lane] + WINDOW_SIZE]):
            starts[lane] = silence
