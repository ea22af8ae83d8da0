"""Cutting 960-sample frames out of a signal, windowed and laid side by side in lanes.

The Vorbis power-complementary window: the rising half is the table, the falling half its mirror image.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.constants import WINDOW_SIZE
from rnnoise_py.dsp.jit import INDEX, kernel
from rnnoise_py.dsp.vectors import BLOCK, load, store, to_lanes
from rnnoise_py.tables import HALF_WINDOW

#: Frames whose samples are all below this have band energies of exactly 0: a bin is at most the peak, and the
#: square of anything under 2⁻⁷⁵ rounds to 0.
INAUDIBLE: Final = np.float32(2.0**-77)

_W = np.concatenate([HALF_WINDOW, HALF_WINDOW[::-1]])
_INAUDIBLE = INAUDIBLE
_N = WINDOW_SIZE


@kernel
def window(signal: Any, starts: Any, x: Any, lanes: Any) -> None:
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
    for first in range(0, _N, BLOCK):
        to_lanes(signal, starts, first, x, first * R, lanes)
        for i in range(first, first + BLOCK):
            store(x, i * R, load(x, i * R, lanes) * _W[i])


@kernel
def skip_inaudible(signal: Any, starts: Any, silence: Any, lanes: Any) -> None:
    """Point the frames that are inaudible at ``silence``, the first of 960 zeros in ``signal``.

    A muted source leaves its filters ringing in denormal numbers for ever, on which arithmetic is slow. Only
    for frames of which nothing but the band energies is wanted: those are the same bits.
    """
    for lane in range(len(lanes)):
        start = starts[lane] & INDEX
        audible = False
        for i in range(_N):
            if not abs(signal[start + i]) < _INAUDIBLE:  # NaN is audible
                audible = True
                break
        if not audible:
            starts[lane] = silence
